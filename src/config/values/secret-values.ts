import type { Env } from "../../base/env.ts";
import type { Path } from "../../base/path.ts";
import { isSecretName } from "../../base/redact.ts";
import { lastKey, leaves, type Table } from "../paths.ts";
import type { VariableUse } from "./substitute.ts";

/** An environment variable that the config names in a `…_env` key. */
export interface NamedVariable {
  path: Path;
  /** The key without `_env`: what the variable holds. */
  holds: string;
  name: string;
}

/** Every `…_env = "NAME"` of the data, and every name in an `…_env` table, as `headers_env` has them. */
export function namedVariables(data: Table): NamedVariable[] {
  return leaves(data).flatMap(({ path, value }) => {
    if (typeof value !== "string" || value === "" || !takesName(path)) return [];
    return [{ path, holds: lastKey(path).replace(/_env$/, ""), name: value }];
  });
}

/** Whether a value is the name of a variable: its key ends in `_env`, or that of the table it is in. */
export function takesName(path: Path): boolean {
  const isOption = (at: number) => at > (path[0] === "tools" ? 1 : 0);
  const at = path.findLastIndex((part) => typeof part === "string");
  return [at, at - 1].some((i) => isOption(i) && String(path[i]).endsWith("_env"));
}

export interface SecretSources {
  env: Env;
  named: readonly NamedVariable[];
  uses: Iterable<VariableUse>;
  /** Variables that a feature reads without being told to: OPENAI_API_KEY. */
  implied: readonly string[];
}

/**
 * Values to keep out of logs and messages: of the variables that `…_env` keys name (a user name is none), of those
 * used as `${VAR}` whose names say so, and passwords in URLs that came by a variable.
 */
export function secretValues({ env, named, uses, implied }: SecretSources): string[] {
  const names = new Set(implied);
  const values = new Set<string>();
  for (const { holds, name } of named) if (holds !== "username") names.add(name);
  for (const use of uses) {
    for (const name of use.names) {
      if (isSecretName(name) || isSecretName(lastKey(use.path))) names.add(name);
      for (const password of urlPasswords(env[name])) values.add(password);
    }
  }
  for (const password of urlPasswords(env["MQTT_BROKER_URL"])) values.add(password);
  for (const name of names) values.add(env[name]?.trim() ?? "");
  return [...values].filter((value) => value !== "");
}

/** The password of `scheme://user:password@host`, as written and decoded. */
function urlPasswords(text: string | undefined): string[] {
  const written = /^[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:([^\s/@]+)@/i.exec(text ?? "")?.[1];
  if (written === undefined) return [];
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written]; // a lone % is no escape: the password is as written
  }
}
