import type { VariableFact } from "../../deploy/agent-input.ts";
import { checkConfig, type LoadOptions, type ParsedConfig, readToml } from "../load.ts";
import { lastKey } from "../paths.ts";
import { applyOverrides } from "../values/overrides.ts";
import { chooseValues, type DeploymentValues } from "./choose-values.ts";
import { variableFacts } from "./facts.ts";
import { referencesIn, type VariableReference } from "./references.ts";

export interface DeployableConfig {
  parsed: ParsedConfig;
  variables: VariableFact[];
  /** Plain variables that have a value. */
  env: Record<string, string>;
  /** Entries of [deploy.env] that are secrets, or made of some. */
  misplaced: string[];
}

export type DeploymentLoadOptions = Omit<LoadOptions, "env"> & { values: DeploymentValues };

/**
 * Checks the text of a config that is to run elsewhere: secrets need not be set here, and where they are, they are not
 * read. A plain variable must have a value, or a default in the config. Rejects with a ConfigError.
 */
export async function parseForDeployment(
  text: string,
  file: string,
  { values, ...options }: DeploymentLoadOptions,
): Promise<DeployableConfig> {
  const read = await readToml(text, file);
  const { data: raw } = applyOverrides(read.shape.length > 0 ? {} : read.raw, options.overrides ?? []);
  const references = referencesIn(raw);
  const { plain, secretByValue, secretNames, misplaced } = chooseValues(raw, references, values);
  const parsed = await checkConfig(read, {
    ...options,
    env: { ...placeholders(references, secretNames), ...secretByValue, ...plain },
    // Which secrets are set here is of no interest: nothing is said of it.
    features: { ...options.features, toolSecretEnvs: () => [], modelSecretEnvs: () => [] },
    unsetHint: "give it with --set NAME=value, in the file of --env, or in [deploy.env]",
  });
  const variables = variableFacts({
    config: parsed.config,
    named: parsed.named,
    references,
    secretByValue: new Set(Object.keys(secretByValue)),
    features: options.features,
  });
  return { parsed, variables, env: plain, misplaced };
}

/** What stands for a secret while the config is checked. */
function placeholders(
  references: readonly VariableReference[],
  secretNames: ReadonlySet<string>,
): Record<string, string> {
  const urls = new Set(references.flatMap(({ name, path }) => (/url$/i.test(lastKey(path)) ? [name] : [])));
  const secrets = [...secretNames].map((name) => [
    name,
    urls.has(name) ? "https://placeholder.invalid" : "placeholder",
  ]);
  const needsBroker = references.some(({ name, defaulted }) => name === "MQTT_BROKER_URL" && !defaulted);
  return { ...(needsBroker && { MQTT_BROKER_URL: "mqtt://localhost:1883" }), ...Object.fromEntries(secrets) };
}
