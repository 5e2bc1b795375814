import { parse, TomlError } from "smol-toml";
import type { Env } from "../base/env.ts";
import { type Redact, redactor } from "../base/redact.ts";
import type { ConfigFeatures } from "./features.ts";
import type { LoadedConfig } from "./loaded.ts";
import { pathKey, type Table } from "./paths.ts";
import type { Finding } from "./problems/finding.ts";
import type { Source } from "./problems/report.ts";
import { checkRouter } from "./router-check.ts";
import { misshapen } from "./source/nesting.ts";
import { readConfigText } from "./source/read-text.ts";
import { type Checked, validate } from "./validate.ts";
import { explainMisnamed, misnamed } from "./values/env-names.ts";
import { type LiteralSecrets, literalSecrets } from "./values/literal-secrets.ts";
import { applyOverrides, environmentOverrides, type Override } from "./values/overrides.ts";
import { type NamedVariable, namedVariables, secretValues } from "./values/secret-values.ts";
import { substitute, type VariableUse } from "./values/substitute.ts";
import { warningsAbout } from "./warnings.ts";

export interface LoadOptions {
  env: Env;
  /** From the command line, weakest first. They come before the environment, which comes before the file. */
  overrides?: readonly Override[];
  features: ConfigFeatures;
}

/** A config together with what `config --show` tells about each value. */
export interface ParsedConfig extends LoadedConfig {
  /** The file as it was read. */
  text: string;
  /** By {@link pathKey}: values that variables supplied. */
  uses: ReadonlyMap<string, VariableUse>;
  /** By {@link pathKey}: values that did not come from the file. */
  applied: ReadonlyMap<string, Override>;
}

/** Reads and checks an agent's config. Rejects with a ConfigError that holds everything wrong with it. */
export async function loadConfig(file: string, options: LoadOptions): Promise<ParsedConfig> {
  return parseConfig(await readConfigText(file), file, options);
}

/**
 * Checks the text of a config: TOML, then overrides, then `${VAR}`, then the schema. `file` is how problems call it.
 * Touches nothing outside; loads what explains problems only when there are some.
 */
export async function parseConfig(text: string, file: string, options: LoadOptions): Promise<ParsedConfig> {
  const source: Source = { text: text.replace(/^\ufeff/, ""), file };
  const raw = await parseToml(source);
  const shape = misshapen(raw);
  if (shape.some(({ kind }) => kind === "nesting")) throw await failure(shape, source, redactor());

  const examined = examine(raw, shape, options);
  const { checked, findings, secrets, literal, named, uses, applied } = examined;
  if (checked.config === undefined || findings.length > 0) {
    const redact = redactor([...secrets, ...literal.values, ...misnamed(named).map(({ name }) => name)]);
    const explained = await explain(checked, { ...examined, redact });
    throw await failure([...findings, ...without(explained, findings)], source, redact);
  }
  const { config } = checked;
  const { env, features } = options;
  const warnings = warningsAbout({ ...examined, config, env, features });
  return { config, file, env, secrets, warnings, text: source.text, uses, applied };
}

interface Examined {
  /** With overrides and variables filled in. */
  data: Table;
  uses: ReadonlyMap<string, VariableUse>;
  applied: ReadonlyMap<string, Override>;
  named: NamedVariable[];
  implied: string[];
  secrets: string[];
  literal: LiteralSecrets;
  checked: Checked;
  /** All that is wrong but for what the schema says. */
  findings: Finding[];
}

function examine(raw: Table, shape: Finding[], { env, features, overrides = [] }: LoadOptions): Examined {
  const literal = literalSecrets(raw);
  const { data: overlaid, applied } = applyOverrides(raw, [...environmentOverrides(env), ...overrides]);
  const { data, uses, findings: unreplaced } = substitute(overlaid, env);
  const named = namedVariables(data);
  const checked = validate(data, uses, applied, features);
  const implied = impliedVariables(checked, features);
  const secrets = secretValues({ env, named, uses: uses.values(), implied });
  const first = [...shape, ...literal.findings, ...unreplaced];
  const further = [...explainMisnamed(named, uses), ...checkRouter(data), ...checked.tools];
  const findings = [...first, ...without(further, first)];
  return { data, uses, applied, named, implied, secrets, literal, checked, findings };
}

/** Variables with secrets that the features read by themselves, as OPENAI_API_KEY. */
function impliedVariables({ config, settings }: Checked, features: ConfigFeatures): string[] {
  if (config === undefined) return [...features.toolSecretEnvs(settings)];
  const { llm, routing } = config;
  const router = routing?.llm === undefined ? [] : features.modelSecretEnvs({ ...routing.llm, fallback: [] });
  return [...features.toolSecretEnvs(settings), ...features.modelSecretEnvs(llm), ...router];
}

async function parseToml(source: Source): Promise<Table> {
  try {
    return parse(source.text);
  } catch (thrown) {
    if (!(thrown instanceof TomlError)) throw thrown;
    const { syntaxError } = await import("./source/syntax.ts");
    throw syntaxError(thrown, source);
  }
}

/** Findings about values of which nothing else was said yet: one mistake is told once. */
function without(findings: readonly Finding[], said: readonly Finding[]): Finding[] {
  const places = new Set(said.map(({ path }) => pathKey(path)));
  return findings.filter(({ path }) => !places.has(pathKey(path)));
}

type Context = Omit<import("./problems/explain.ts").ExplainContext, "schema">;

async function explain({ issues }: Checked, context: Context): Promise<Finding[]> {
  if (issues.length === 0) return [];
  const [{ explainIssue, pathOf }, { configSchema }] = await Promise.all([
    import("./problems/explain.ts"),
    import("./schema/schema-facts.ts"),
  ]);
  const schema = configSchema();
  return issues.flatMap((issue) => explainIssue(issue, pathOf(issue), { ...context, schema }));
}

async function failure(findings: readonly Finding[], source: Source, redact: Redact): Promise<Error> {
  const { configError } = await import("./problems/report.ts");
  return configError(findings, source, redact);
}
