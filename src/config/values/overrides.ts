import { resolve } from "node:path";
import type { Env } from "../../base/env.ts";
import type { Path } from "../../base/path.ts";
import { DATA_DIR } from "../../base/state-folder.ts";
import { isTable, pathKey, type Table } from "../paths.ts";

/** A value that comes before the one in the file. */
export interface Override {
  path: Path;
  /** Text is turned into a number or a boolean where the config wants one. */
  value: string | number | boolean;
  /** How errors call it: `--broker`, `environment variable HEALTH_PORT`. */
  source: string;
}

/** Environment variables that come before the file, and the key each stands for. */
export const ENVIRONMENT_OVERRIDES: readonly (readonly [variable: string, path: Path])[] = [
  ["MQTT_BROKER_URL", ["mqtt", "broker_url"]],
  ["HEALTH_HOST", ["server", "host"]],
  ["HEALTH_PORT", ["server", "port"]],
  [DATA_DIR, ["storage", "dir"]],
  ["AGENT2389_HAND_BACK", ["runtime", "hand_back"]],
  ["LOG_LEVEL", ["log", "level"]],
  ["LOG_FORMAT", ["log", "format"]],
];

/**
 * Overrides from the environment; an empty variable counts as not set, as in an env file with names only. A path in
 * it is relative to the working folder, as one on the command line is, and not to the config's.
 */
export function environmentOverrides(env: Env, cwd: string): Override[] {
  return ENVIRONMENT_OVERRIDES.flatMap(([name, path]) => {
    const text = env[name];
    if (!text) return [];
    const value = name === DATA_DIR ? resolve(cwd, text) : text;
    return [{ path, value, source: `environment variable ${name}` }];
  });
}

export interface Overridden {
  data: Table;
  /** The override that supplied a value, by {@link pathKey}. */
  applied: Map<string, Override>;
}

/**
 * The data with overrides laid over it, later ones first: the caller lists them from weakest to strongest. A table
 * on the way that is something else in the file is left, for validation to report.
 */
export function applyOverrides(data: Table, overrides: readonly Override[]): Overridden {
  const applied = new Map<string, Override>();
  let result = data;
  for (const override of overrides) {
    const changed = set(result, override.path, override.value);
    if (changed === undefined) continue;
    result = changed;
    applied.set(pathKey(override.path), override);
  }
  return { data: result, applied };
}

/** A copy of the table with the value at the path; undefined when something other than a table is in the way. */
function set(table: Table, path: Path, value: unknown): Table | undefined {
  const [key, ...rest] = path;
  const copy: Table = Object.assign(Object.create(null), table);
  if (rest.length === 0) copy[key!] = value;
  else {
    const below = table[key!] ?? Object.create(null);
    const changed = isTable(below) ? set(below, rest, value) : undefined;
    if (changed === undefined) return undefined;
    copy[key!] = changed;
  }
  return copy;
}
