import { type Path, valueAt } from "../../base/path.ts";
import { isSecretName, SECRET_FORMS } from "../../base/redact.ts";
import { type Leaf, lastKey, leaves, pathKey, type Table } from "../paths.ts";
import type { DataProblem } from "../problems/data-problem.ts";
import { takesName } from "./secret-values.ts";

export interface LiteralSecrets {
  problems: DataProblem[];
  /** The secrets themselves, so that nothing said about this file shows them. */
  values: string[];
}

/**
 * Secrets that stand in the file itself: under a key for secrets, or of a known form anywhere (a password in a URL, a
 * provider key in a prompt). What a `${VAR}` supplies is none; a default written in the file is.
 */
export function literalSecrets(data: Table): LiteralSecrets {
  const problems = new Map<string, DataProblem>();
  const values: string[] = [];
  for (const leaf of leaves(data)) {
    const found = underSecretKey(leaf, data) ?? ofKnownForm(leaf, data);
    if (found === undefined) continue;
    problems.set(pathKey(found.problem.path), found.problem);
    // Also line by line, as excerpts show them.
    for (const part of new Set([found.secret, ...found.secret.split(/\r?\n/)])) values.push(part);
  }
  return { problems: [...problems.values()], values };
}

interface Found {
  problem: DataProblem;
  secret: string;
}

/** A text without its variable references; their defaults stay. */
const withoutVariables = (text: string): string =>
  text.replace(/(?<!\$)\$\{[A-Za-z_]\w*(:-)?/g, "").replaceAll("}", "");

function underSecretKey({ path, value }: Leaf, data: Table): Found | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const literal = withoutVariables(String(value)).trim();
  if (literal === "" || takesName(path) || /^(bearer|basic|token)$/i.test(literal)) return undefined;
  if (!namesSecret(lastKey(path), literal)) return undefined;
  const key = path.slice(0, path.findLastIndex((part) => typeof part === "string") + 1);
  const message = "a secret must not stand in the file";
  return {
    problem: { kind: "secret", path: key, at: "key", message, hint: remedy(key, data) },
    secret: String(value),
  };
}

/** A plain `key` may be a map key or a sort key: only a value that looks made by a machine makes it a secret. */
function namesSecret(key: string, value: string): boolean {
  if (!isSecretName(key)) return false;
  const ordinary =
    /(^|[_-])key$/i.test(key) && !/(api|access|secret|auth|private|signing)[_-]?key$/i.test(key);
  return !ordinary || (/^\S{16,}$/.test(value) && /\d/.test(value) && /[a-z]/i.test(value));
}

function ofKnownForm({ path, value }: Leaf, data: Table): Found | undefined {
  if (typeof value !== "string") return undefined;
  const secret = knownSecret(withoutVariables(value));
  if (secret === undefined) return undefined;
  const inUrl = secret.includes("://");
  return {
    problem: {
      kind: "secret",
      path,
      at: "value",
      message: inUrl
        ? "a password must not stand in a URL"
        : "what looks like a secret must not stand in the file",
      hint: inUrl ? urlRemedy(path) : formRemedy(path, data),
      needle: secret,
    },
    secret: inUrl ? secret.slice(secret.lastIndexOf(":") + 1, -1) : secret,
  };
}

/** Words of a prompt ("basic understanding", "sk-your-key-goes-here") have no digits; machine-made secrets do. */
function knownSecret(text: string): string | undefined {
  for (const [form] of SECRET_FORMS) {
    for (const [match] of text.matchAll(form)) {
      if (match.includes("://") || match.startsWith("-----BEGIN") || /\d/.test(match)) return match;
    }
  }
  return undefined;
}

function urlRemedy(path: Path): string {
  return path[0] === "mqtt"
    ? 'take it out, and use username_env = "MQTT_USERNAME" and password_env = "MQTT_PASSWORD"'
    : "put the whole URL in an environment variable, and write ${NAME_OF_IT} here";
}

function formRemedy(path: Path, data: Table): string {
  const key = lastKey(path);
  if (takesName(path)) return `${key} takes the name of an environment variable, not its value`;
  return isSecretName(key)
    ? remedy(path, data)
    : "keep it in an environment variable; if it must be in this text, write ${NAME_OF_IT}";
}

/** What to write instead: `api_key_env = "OPENAI_API_KEY"`, or `${VAR}` where keys are free (headers, env). */
function remedy(path: Path, data: Table): string {
  const key = lastKey(path);
  const table = path.slice(0, path.lastIndexOf(key));
  const free = /^(headers|env|environment|query|params)$/i.exec(lastKey(table))?.[0];
  if (free !== undefined) return freeRemedy(free, key, table, data);
  const instead = /^apikey$/i.test(key) ? "api_key_env" : `${key.toLowerCase()}_env`;
  return typeof valueAt(data, [...table, instead]) === "string"
    ? `take it out: ${instead} names the variable that holds it`
    : `use ${instead} = "${variableName(key, table, data)}", and set that variable`;
}

function freeRemedy(kind: string, key: string, table: Path, data: Table): string {
  const bearer = /^authorization$/i.test(key);
  const name = /^env/i.test(kind)
    ? upper(key)
    : variableName(bearer ? "token" : key, table.slice(0, -1), data);
  return `use ${key} = "${bearer ? "Bearer " : ""}\${${name}}", and set that variable`;
}

const upper = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]+/g, "_");

function variableName(key: string, table: Path, data: Table): string {
  const suffix = /^(x-)?api-?key$/i.test(key) ? "API_KEY" : upper(key);
  const owner = upper(ownerOf(table, data));
  return owner === "" || suffix.startsWith(owner) ? suffix : `${owner}_${suffix}`;
}

/** Whose secret it is: the provider or implementation named beside it, else the table. */
function ownerOf(table: Path, data: Table): string {
  for (const name of ["provider", "impl", "implementation"]) {
    const owner = valueAt(data, [...table, name]) ?? valueAt(data, [...table.slice(0, -1), name]);
    if (typeof owner === "string" && /^[\w-]{1,30}$/.test(owner) && !/^(builtin|mcp)$/.test(owner))
      return owner;
  }
  return lastKey(table.filter((part) => part !== "config"));
}
