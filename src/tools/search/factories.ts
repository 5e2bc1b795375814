import { z } from "zod";
import { type Setting, type ToolFactory, type ToolSetup, toolFactory } from "../factory.ts";
import { secretFrom } from "../secrets.ts";
import { zodTool } from "../zod-tool.ts";
import type { SearchProvider } from "./provider.ts";
import * as providers from "./providers.ts";

const DEFAULT_RESULTS = 10;

const url = z.url({ protocol: /^https?$/ });

/** `web_search = "builtin"` is Serper, as in the Rust peer. */
export const serper = searchFactory(providers.serper, "web_search");
export const brave = searchFactory(providers.brave);
export const tavily = searchFactory(providers.tavily);
export const searxng = searchFactory(providers.searxng);

function searchOptions({ baseUrl, keyEnv, mostResults }: SearchProvider) {
  const about = `Address of the API${baseUrl === undefined ? "" : `; default: ${baseUrl}`}.`;
  return z.strictObject({
    api_key_env: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected the name of an environment variable")
      .optional()
      .describe(
        `Environment variable of the key${keyEnv === undefined ? "; needs none" : `; default: ${keyEnv}`}.`,
      ),
    base_url: (baseUrl === undefined ? url : url.default(baseUrl)).describe(about),
    max_results: z
      .int()
      .min(1)
      .max(mostResults)
      .default(DEFAULT_RESULTS)
      .describe("Results given at most; the model may ask for fewer."),
    timeout: z.number().positive().max(600).default(30).describe("Seconds a search may take."),
  });
}
export type SearchOptions = z.output<ReturnType<typeof searchOptions>>;

function searchInput({ max_results }: SearchOptions) {
  return z.strictObject({
    query: z.string().min(1).max(2000).describe("What to search for, as typed into a search engine."),
    max_results: z.int().min(1).max(max_results).default(max_results).describe("How many results to give."),
  });
}
export type SearchInput = z.output<ReturnType<typeof searchInput>>;

function searchFactory(provider: SearchProvider, builtin?: string): ToolFactory {
  return toolFactory({
    name: builtin ?? provider.name,
    impls: builtin === undefined ? [] : [provider.name],
    summary: `Searches the web with ${provider.name}.`,
    options: searchOptions(provider),
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
