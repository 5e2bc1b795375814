import { closest } from "../base/did-you-mean.ts";
import { oneOf } from "../base/one-of.ts";
import { PROVIDER_NAMES, REPLAY } from "../llm/providers.ts";
import type { Finding } from "./finding.ts";
import { isTable, type Path, type Table, valueAt } from "./paths.ts";

/** Providers that nobody knows and that no base_url makes known; replay without what it answers from. */
export function misnamedProviders(data: Table): Finding[] {
  const fallbacks = valueAt(data, ["llm", "fallback"]);
  const places: Path[] = [
    ["llm"],
    ...(Array.isArray(fallbacks) ? fallbacks.map((_, i): Path => ["llm", "fallback", i]) : []),
    ["routing", "llm"],
  ];
  return places.flatMap((path) => {
    const choice = valueAt(data, path);
    return isTable(choice) ? checkChoice(choice, path) : [];
  });
}

function checkChoice({ provider, base_url, transcript }: Table, path: Path): Finding[] {
  if (typeof provider !== "string" || base_url !== undefined) return [];
  if (provider === REPLAY) return transcript === undefined ? [noTranscript(path)] : [];
  if (PROVIDER_NAMES.includes(provider)) return [];
  const meant = closest(provider, PROVIDER_NAMES);
  const any = "any other name needs a base_url";
  return [
    {
      kind: "value",
      path: [...path, "provider"],
      at: "value",
      message: `expected ${oneOf(PROVIDER_NAMES)}, found ${JSON.stringify(provider.slice(0, 40))}`,
      hint: meant === undefined ? any : `did you mean "${meant}"? ${any}`,
    },
  ];
}

const noTranscript = (path: Path): Finding => ({
  kind: "missing",
  path: [...path, "transcript"],
  at: "table",
  message: "missing: the replay provider answers from a transcript",
  hint: 'record one with --record FILE, and add transcript = "FILE"',
});
