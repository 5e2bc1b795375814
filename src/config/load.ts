import { dirname, resolve } from "node:path";
import { parse, TomlError } from "smol-toml";
import type { Env } from "../base/env.ts";
import { type Redact, redactor } from "../base/redact.ts";
import type { ConfigFeatures } from "./features.ts";
import type { LoadedConfig } from "./loaded.ts";
import { pathKey, type Table } from "./paths.ts";
import type { DataProblem } from "./problems/data-problem.ts";
import type { Source } from "./problems/report.ts";
import { misshapen } from "./source/nesting.ts";
import { readConfigText } from "./source/read-text.ts";
import { type Validated, validate } from "./validate.ts";
import { explainMisnamed, misnamed } from "./values/env-names.ts";
import { type LiteralSecrets, literalSecrets } from "./values/literal-secrets.ts";
import { applyOverrides, environmentOverrides, type Override } from "./values/overrides.ts";
import { type NamedVariable, namedVariables, secretValues } from "./values/secret-values.ts";
import { substitute, type VariableUse } from "./values/substitute.ts";
import { warningsAbout } from "./warnings.ts";

export interface LoadOptions {
  env: Env;
  /** The working folder, absolute: what file names on the command line and in the environment are relative to. */
  cwd: string;
  /** From the command line, weakest first. They come before the environment, which comes before the file. */
  overrides?: readonly Override[];
  features: ConfigFeatures;
  /** How a variable without a value is to be given one; default: "set it". */
  unsetHint?: string;
}

/** A config together with what `config --show` tells about each value. */
export interface ParsedConfig extends LoadedConfig {
  /** The file as it was read. */
  text: string;
  /** By {@link pathKey}: values that variables supplied. */
  uses: ReadonlyMap<string, VariableUse>;
  /** By {@link pathKey}: values that did not come from the file. */
  applied: ReadonlyMap<string, Override>;
  /** Variables that `…_env` keys name. */
  named: readonly NamedVariable[];
}

/** Reads and checks an agent's config. Rejects with a ConfigError that holds everything wrong with it. */
export async function loadConfig(file: string, options: LoadOptions): Promise<ParsedConfig> {
  return parseConfig(await readConfigText(file, options.cwd), file, options);
}

/**
 * Checks the text of a config: TOML, then overrides, then `${VAR}`, then the schema. `file` is how problems call it;
 * its folder is that of relative paths, though it need not be there.
 * Touches nothing outside; loads what explains problems only when there are some.
 */
export async function parseConfig(text: string, file: string, options: LoadOptions): Promise<ParsedConfig> {
  return checkConfig(await readToml(text, file), options);
}

/** A text that is TOML and not nested too deeply to be looked at: it may hold anything. */
export interface ReadToml {
  source: Source;
  raw: Table;
  /** Keys that mean something to JavaScript. */
  shape: DataProblem[];
}

/** The first half of {@link parseConfig}. Rejects with a ConfigError. */
export async function readToml(text: string, file: string): Promise<ReadToml> {
  const source: Source = { text: text.replace(/^\ufeff/, ""), file };
  const raw = await parseToml(source);
  const shape = misshapen(raw);
  if (shape.some(({ kind }) => kind === "nesting")) throw await failure(shape, source, redactor());
  return { source, raw, shape };
}

/** The second half of {@link parseConfig}. */
export async function checkConfig(read: ReadToml, options: LoadOptions): Promise<ParsedConfig> {
  const { source } = read;
  const examined = examine(read, options);
  const { checked, problems, secrets, literal, named, uses, applied } = examined;
  if (checked.config === undefined || problems.length > 0) {
    const redact = redactor([...secrets, ...literal.values, ...misnamed(named).map(({ name }) => name)]);
    const explained = await explain(checked, { ...examined, redact });
    throw await failure([...problems, ...without(explained, problems)], source, redact);
  }
  const { config } = checked;
  const { env, cwd, features } = options;
  const baseDir = dirname(resolve(cwd, source.file));
  const warnings = warningsAbout({ ...examined, config, env, features });
  return { config, ...source, baseDir, env, secrets, warnings, uses, applied, named };
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
  checked: Validated;
  /** All that is wrong but for what the schema says. */
  problems: DataProblem[];
}

function examine({ raw, shape }: ReadToml, options: LoadOptions): Examined {
  const { env, cwd, features, overrides = [], unsetHint } = options;
  const literal = literalSecrets(raw);
  const { data: overlaid, applied } = applyOverrides(raw, [...environmentOverrides(env, cwd), ...overrides]);
  const { data, uses, problems: unreplaced } = substitute(overlaid, env, unsetHint);
  const named = namedVariables(data);
  const checked = validate(data, uses, applied, features);
  const implied = impliedVariables(checked, features);
  const secrets = secretValues({ env, named, uses: uses.values(), implied });
  const first = [...shape, ...literal.problems, ...unreplaced];
  const further = [...explainMisnamed(named, uses), ...checked.tools];
  const problems = [...first, ...without(further, first)];
  return { data, uses, applied, named, implied, secrets, literal, checked, problems };
}

/** Variables with secrets that the features read by themselves, as OPENAI_API_KEY. */
function impliedVariables({ config, settings }: Validated, features: ConfigFeatures): string[] {
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

/** Problems about values of which nothing else was said yet: one mistake is told once. */
function without(problems: readonly DataProblem[], said: readonly DataProblem[]): DataProblem[] {
  const places = new Set(said.map(({ path }) => pathKey(path)));
  return problems.filter(({ path }) => !places.has(pathKey(path)));
}

type Context = Omit<import("./problems/explain.ts").ExplainContext, "schema">;

async function explain({ issues }: Validated, context: Context): Promise<DataProblem[]> {
  if (issues.length === 0) return [];
  const [{ explainIssues }, { configSchema }] = await Promise.all([
    import("./problems/explain.ts"),
    import("./schema/schema-facts.ts"),
  ]);
  return explainIssues(issues, { ...context, schema: configSchema() });
}

async function failure(problems: readonly DataProblem[], source: Source, redact: Redact): Promise<Error> {
  const { configError } = await import("./problems/report.ts");
  return configError(problems, source, redact);
}
