import type { Env } from "../base/env.ts";
import type { ConfigFeatures } from "./features.ts";
import { type LoadOptions, type ParsedConfig, parseConfig } from "./load.ts";
import { ConfigError } from "./problems/problem.ts";

/** Features that know nothing and mind nothing, so that tests of the loader stand alone. */
export const noFeatures: ConfigFeatures = {
  checkToolSettings: () => [],
  toolSecretEnvs: () => [],
  toolWarnings: () => [],
  modelSecretEnvs: () => [],
  unpricedModels: () => [],
};

/** The least that is a config. */
export const MINIMAL = `[agent]
id = "a"

[llm]
provider = "openai"
model = "gpt-4o"
system_prompt = "Answer."
`;

type Options = Partial<LoadOptions> & { file?: string };

export const load = (
  text: string,
  { file = "agent.toml", ...options }: Options = {},
): Promise<ParsedConfig> =>
  parseConfig(text, file, { env: {}, cwd: "/work", features: noFeatures, ...options });

/** The error of a text that must not load. */
export async function failing(text: string, options: Options = {}): Promise<ConfigError> {
  try {
    await load(text, options);
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown;
    throw thrown;
  }
  throw new Error("this config loads");
}

/** The problems of a text, one line each, without the file's name: `2:6: agent.id: expected …`. */
export async function problemsOf(text: string, options: Options = {}): Promise<string[]> {
  const lines = (await failing(text, options)).message.split("\n");
  return (lines.length > 1 ? lines.slice(1) : lines).map((line) => line.replace(/^agent\.toml:( ?)/, ""));
}

/** `# env: NAME=value NAME=value` in the first line of a fixture. */
export function envOf(text: string): Env {
  const [, pairs = ""] = /^# env: (.*)/.exec(text) ?? [];
  return Object.fromEntries(
    pairs.split(" ").flatMap((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [] : [[pair.slice(0, at), pair.slice(at + 1)]];
    }),
  );
}
