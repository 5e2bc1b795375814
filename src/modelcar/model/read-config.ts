import { nestedDeeperThan } from "../../base/json.ts";
import { configSchema } from "./config-schema.ts";
import type { ModelConfig } from "./model-config.ts";

export interface ReadConfig {
  config: ModelConfig | undefined;
  problems: string[];
}

/**
 * Reads a `config.json`. A key of the wrong type is left out and told; a null counts as absent where the type has none.
 * Python's NaN and Infinity, which configs of Mamba models hold, are taken.
 */
export function readConfig(text: string): ReadConfig {
  const value = parse(text);
  if (value === null || typeof value !== "object" || Array.isArray(value))
    return { config: undefined, problems: ["config.json is not a JSON object"] };
  if (nestedDeeperThan(value, 40))
    return { config: undefined, problems: ["config.json is nested too deeply"] };
  return keepSound(value);
}

function keepSound(value: object): ReadConfig {
  const problems: string[] = [];
  // Each round takes out what was wrong in the last: at most one round a level of nesting, and one to spare.
  for (let round = 0; round < 8; round++) {
    const result = configSchema.safeParse(value);
    if (result.success) return { config: result.data, problems };
    for (const { path, message } of result.error.issues) {
      const place = toKey(path);
      const found = take(value, place);
      if (found !== null && found !== undefined)
        problems.push(`config.json: ${place.join(".")} is not used, as its value is none for it: ${message}`);
    }
  }
  return { config: undefined, problems: [...problems, "config.json has too much in it that is wrong"] };
}

/** An entry of a list stands for the whole list. */
function toKey(path: readonly PropertyKey[]): string[] {
  const end = path.findIndex((part) => typeof part === "number");
  return (end < 0 ? path : path.slice(0, end)).map(String);
}

/** Removes what stands at a path, and gives it. */
function take(root: object, path: readonly string[]): unknown {
  let owner: Record<string, unknown> = root as Record<string, unknown>;
  for (const part of path.slice(0, -1)) owner = owner[part] as Record<string, unknown>;
  const key = path.at(-1)!;
  const found = owner[key];
  delete owner[key];
  return found;
}

/** A text in quotes, or one of Python's numbers that JSON has not. */
const NOT_JSON = /"(?:[^"\\]|\\.)*"|-?Infinity\b|\bNaN\b/g;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return parsePython(text);
  }
}

function parsePython(text: string): unknown {
  try {
    return JSON.parse(text.replace(NOT_JSON, (word) => (word.startsWith('"') ? word : "null")));
  } catch {
    return undefined; // the caller says that it is none
  }
}
