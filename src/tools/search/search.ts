import { clip } from "../../base/clip.ts";
import { parseJson } from "../../base/json.ts";
import { valueRedactor } from "../../base/redact.ts";
import type { ToolResult } from "../../runtime/ports/tool.ts";
import type { Fetch } from "../factory.ts";
import { readLimited } from "../http/body.ts";
import { networkError } from "../http/network-error.ts";
import type { SearchProvider } from "./provider.ts";

export interface SearchDeps {
  provider: SearchProvider;
  baseUrl: string;
  key: string | undefined;
  /** Where the key came from, to name it when it is refused. */
  keyEnv: string | undefined;
  fetch: Fetch;
}

/** Far more than any provider sends. */
const MAX_RESPONSE_BYTES = 4 << 20;

/** Asks the provider; gives `{query, results: [{title, url, snippet}]}` as JSON. */
export async function search(
  { query, max_results }: { query: string; max_results: number },
  deps: SearchDeps,
  signal: AbortSignal,
): Promise<ToolResult> {
  const { status, text } = await ask(query, max_results, deps, signal);
  if (status >= 300) throw new Error(refusal(status, text, deps));
  const parsed = deps.provider.response().safeParse(parseJson(text));
  if (!parsed.success) throw new Error(`${deps.provider.name} gave an answer that is not a list of results`);
  const results = parsed.data.slice(0, max_results);
  return {
    content: valueRedactor(deps.key === undefined ? [] : [deps.key])(JSON.stringify({ query, results })),
    metadata: { provider: deps.provider.name, results: results.length },
  };
}

async function ask(query: string, maxResults: number, deps: SearchDeps, signal: AbortSignal) {
  const { provider, key } = deps;
  const baseUrl = deps.baseUrl.replace(/\/+$/, "");
  const { url, init } = provider.request({ query, maxResults, key, baseUrl });
  try {
    // A redirect could carry the key to another host.
    const response = await deps.fetch(url, { ...init, signal, redirect: "manual", timeout: false });
    const { bytes } = await readLimited(response, MAX_RESPONSE_BYTES, signal);
    return { status: response.status, text: new TextDecoder().decode(bytes) };
  } catch (thrown) {
    signal.throwIfAborted();
    throw networkError(thrown, new URL(baseUrl).host);
  }
}

function refusal(status: number, text: string, { provider, key, keyEnv }: SearchDeps): string {
  const who = `${provider.name} (HTTP ${status})`;
  if (status === 403 && provider.forbidden !== undefined)
    return `${who} refused the search: ${provider.forbidden}`;
  if (status === 401 || status === 403)
    return `${who} refused the key${keyEnv === undefined ? "" : ` in ${keyEnv}`}`;
  if (status === 429) return `${who} allows no more searches for now: its rate limit or quota is reached`;
  if (status >= 500) return `${who} is out of order; try again later`;
  if (status < 400) return `${who} redirects elsewhere: base_url is not the address of its API`;
  const said = valueRedactor(key === undefined ? [] : [key])(clip(text.replace(/\s+/g, " ").trim(), 300));
  return `${who} refused the search: ${said}`;
}
