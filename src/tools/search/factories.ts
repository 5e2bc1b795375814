import { envName } from "../../base/env-name.ts";
import { secretFrom } from "../../base/env-secret.ts";
import * as z from "../../base/zod.ts";
import { type Setting, type ToolFactory, type ToolSetup, toolFactory } from "../factory.ts";
import { zodTool } from "../zod-tool.ts";
import type { SearchProvider } from "./provider.ts";
import * as providers from "./providers.ts";

const DEFAULT_RESULTS = 10;

/** `web_search = "builtin"` is Serper, as in the Rust peer. */
export const serper = searchFactory(providers.serper, "web_search");
export const brave = searchFactory(providers.brave);
export const tavily = searchFactory(providers.tavily);
export const searxng = searchFactory(providers.searxng);

function searchOptions({ baseUrl, keyEnv, mostResults }: SearchProvider) {
  const url = z.url({ protocol: /^https?$/ });
  return z.strictObject({
    api_key_env: z.described(
      z.optional(envName()),
      `Environment variable of the key${keyEnv === undefined ? "; needs none" : `; default: ${keyEnv}`}.`,
    ),
    base_url: z.described(
      baseUrl === undefined ? url : z._default(url, baseUrl),
      `Address of the API${baseUrl === undefined ? "" : `; default: ${baseUrl}`}.`,
    ),
    max_results: z.described(
      z._default(z.int().check(z.minimum(1), z.maximum(mostResults)), DEFAULT_RESULTS),
      "Results given at most; the model may ask for fewer.",
    ),
    timeout: z.described(
      z._default(z.number().check(z.positive(), z.maximum(600)), 30),
      "Seconds a search may take.",
    ),
  });
}
type SearchOptions = z.output<ReturnType<typeof searchOptions>>;

function searchInput({ max_results }: SearchOptions) {
  return z.strictObject({
    query: z.described(
      z.string().check(z.minLength(1), z.maxLength(2000)),
      "What to search for, as typed into a search engine.",
    ),
    max_results: z.described(
      z._default(z.int().check(z.minimum(1), z.maximum(max_results)), max_results),
      "How many results to give.",
    ),
  });
}

function searchFactory(provider: SearchProvider, builtin?: string): ToolFactory {
  return toolFactory({
    name: builtin ?? provider.name,
    impls: builtin === undefined ? [] : [provider.name],
    summary: `Searches the web with ${provider.name}.`,
    options: () => searchOptions(provider),
    secretEnvs: ({ options }) => keyEnvOf(provider, options) ?? [],
    async open(setting, setup) {
      const key = keyOf(provider, setting, setup);
      return { tools: [searchTool(provider, setting, key, setup)] };
    },
  });
}

function keyEnvOf({ keyEnv }: SearchProvider, { api_key_env }: SearchOptions): string[] | undefined {
  const name = api_key_env ?? keyEnv;
  return name === undefined ? undefined : [name];
}

function keyOf(
  provider: SearchProvider,
  { options }: Setting<SearchOptions>,
  { env }: ToolSetup,
): string | undefined {
  const [variable] = keyEnvOf(provider, options) ?? [];
  if (variable === undefined) return undefined;
  return secretFrom(env, variable, { what: `no key for ${provider.name}`, key: "api_key_env" });
}

function searchTool(
  provider: SearchProvider,
  { name, options }: Setting<SearchOptions>,
  key: string | undefined,
  setup: ToolSetup,
) {
  return zodTool({
    name,
    description:
      "Searches the web. Gives titles, addresses and snippets of the pages found, best first, as JSON.",
    input: searchInput(options),
    timeoutMs: options.timeout * 1000,
    async run(input, { signal }) {
      const { search } = await import("./search.ts");
      const keyEnv = keyEnvOf(provider, options)?.[0];
      return search(
        input,
        { provider, baseUrl: options.base_url, key, keyEnv, fetch: setup.fetch ?? fetch },
        signal,
      );
    },
  });
}
