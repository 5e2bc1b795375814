import type { Env } from "../../base/env.ts";
import { isLoopbackHost } from "../../base/hosts.ts";
import { valueAt } from "../../base/path.ts";
import { isSecretName, SECRET_FORMS } from "../../base/redact.ts";
import { RESERVED_ENV } from "../../deploy/container.ts";
import { isTable, type Table } from "../paths.ts";
import { expand } from "../values/expand.ts";
import { namedVariables } from "../values/secret-values.ts";
import type { VariableReference } from "./references.ts";

/** Where the values of variables come from, the strongest first; `[deploy.env]` is between the last two. */
export interface DeploymentValues {
  /** --set NAME=value. */
  options: Readonly<Record<string, string>>;
  /** The file of --env. */
  file: Readonly<Record<string, string>>;
  /** Of this process: only for plain variables that have no other value. */
  environment: Env;
}

export interface ChosenValues {
  plain: Record<string, string>;
  /** Variables that turned out to hold a secret, as a URL with a password; the values without it. */
  secretByValue: Record<string, string>;
  /** Variables that hold secrets by what they are called or used for. */
  secretNames: ReadonlySet<string>;
  /** Entries of [deploy.env] that are secrets, or made of some. */
  misplaced: string[];
}

/** The values of plain variables; values of secrets are not looked at. `raw` is the config before variables are put in. */
export function chooseValues(
  raw: Table,
  references: readonly VariableReference[],
  { options, file, environment }: DeploymentValues,
): ChosenValues {
  const secretNames = new Set([
    ...namedVariables(raw).map(({ name }) => name),
    ...references.flatMap(({ name, secret }) => (secret ? [name] : [])),
  ]);
  const isSecret = (name: string) => secretNames.has(name) || isSecretName(name);
  const isPlain = (name: string) => !Object.hasOwn(RESERVED_ENV, name) && !isSecret(name);
  const given = filled({ ...filled(file), ...filled(options) }, isPlain);
  const last = filled(lastResorts(raw, references, given, environment), isPlain);
  const table = filled(tableValues(raw, { ...last, ...given }), isPlain);
  const plain: Record<string, string> = {};
  const secretByValue: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...last, ...table, ...given })) {
    if (isSecretValue(value)) secretByValue[name] = withoutSecret(value);
    else plain[name] = value;
  }
  return { plain, secretByValue, secretNames, misplaced: misplacedIn(raw, references, isSecret) };
}

/** An empty variable counts as not set, as in an env file with names only. */
const filled = (values: Env, wanted = (_name: string): boolean => true): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).filter(
      (entry): entry is [string, string] => Boolean(entry[1]) && wanted(entry[0]),
    ),
  );

const deployEnv = (raw: Table): Table => {
  const env = valueAt(raw, ["deploy", "env"]);
  return isTable(env) ? env : {};
};

/** What `[deploy.env]` says, before it is checked. */
const tableValues = (raw: Table, variables: Env): Record<string, string> =>
  Object.fromEntries(
    Object.entries(deployEnv(raw)).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, expand(value, variables).text]] : [],
    ),
  );

const misplacedIn = (
  raw: Table,
  references: readonly VariableReference[],
  isSecret: (name: string) => boolean,
): string[] =>
  Object.keys(deployEnv(raw)).filter(
    (entry) =>
      isSecret(entry) ||
      references.some(
        ({ name, path: [table, env, key] }) =>
          isSecret(name) && table === "deploy" && env === "env" && key === entry,
      ),
  );

const BROKER = "MQTT_BROKER_URL";

/** What the environment supplies, as nothing else does. A broker on this machine is as good as none. */
function lastResorts(
  raw: Table,
  references: readonly VariableReference[],
  given: Env,
  environment: Env,
): Env {
  const names = references.flatMap(({ name, defaulted }) => (defaulted ? [] : [name]));
  const written = valueAt(raw, ["mqtt", "broker_url"]) ?? "";
  const named = typeof written === "string" ? expand(written, given).text : "";
  const broker = environment[BROKER];
  return {
    ...Object.fromEntries(names.map((name) => [name, environment[name]])),
    [BROKER]: isLocal(named) && !isLocal(broker ?? "") ? broker : undefined,
  };
}

const isLocal = (url: string): boolean => url === "" || isLoopbackHost(URL.parse(url)?.hostname ?? "");

const isSecretValue = (value: string): boolean => SECRET_FORMS.some(([form]) => value.search(form) >= 0);

const withoutSecret = (value: string): string =>
  value.includes("://") ? value.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1") : "placeholder";
