import { PROVIDER_NAMES, unknownProvider } from "../llm/providers.ts";
import { type Table, valueAt } from "./paths.ts";
import type { Finding } from "./problems/finding.ts";

/**
 * The provider of the model that routes, checked as `[llm]` checks its own: the runtime, whose table it is in, knows
 * no providers.
 */
export function checkRouter(data: Table): Finding[] {
  const provider = valueAt(data, ["routing", "llm", "provider"]);
  const known = typeof provider !== "string" || PROVIDER_NAMES.includes(provider);
  if (known || valueAt(data, ["routing", "llm", "base_url"]) !== undefined) return [];
  const message = `${unknownProvider(provider)}; a provider that is not built in needs base_url`;
  return [{ kind: "value", path: ["routing", "llm", "provider"], at: "value", message }];
}
