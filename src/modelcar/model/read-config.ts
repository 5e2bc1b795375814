import { nestedDeeperThan, parseJson } from "../../base/json.ts";
import { isObject } from "../../base/lenient-json.ts";
import { CONFIG_KEYS, type Keys } from "./config-keys.ts";
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
  if (value === undefined)
    return { config: undefined, problems: ["config.json is not JSON: it is cut short or damaged"] };
  if (!isObject(value)) return { config: undefined, problems: ["config.json is not a JSON object"] };
  if (nestedDeeperThan(value, 40))
    return { config: undefined, problems: ["config.json is nested too deeply"] };
  return soundConfig(value);
}

/** A value that was parsed, with its sound keys alone. */
export function soundConfig(value: object): { config: ModelConfig; problems: string[] } {
  const problems: string[] = [];
  const config = soundPart(value, CONFIG_KEYS, "", (place, expected) =>
    problems.push(`config.json: ${place} is not used: expected ${expected}`),
  );
  return { config: config as ModelConfig, problems }; // as CONFIG_KEYS says, whose keys are those of the type
}

type Tell = (place: string, expected: string) => void;

function soundPart(value: object, keys: Keys, place: string, wrong: Tell): object {
  const sound = Object.entries(value).flatMap(([key, found]): [string, unknown][] => {
    const kind = Object.hasOwn(keys, key) ? keys[key]! : undefined;
    if (kind === undefined || found === undefined || (found === null && !kind.nullable)) return [];
    if (found === null) return [[key, found]];
    if (!kind.holds(found)) wrong(`${place}${key}`, kind.expected);
    else if (kind.keys === undefined) return [[key, found]];
    else return [[key, soundPart(found, kind.keys(), `${place}${key}.`, wrong)]];
    return [];
  });
  return Object.fromEntries(sound);
}

/** A text in quotes, or one of Python's numbers that JSON has not. */
const NOT_JSON = /"(?:[^"\\]|\\.)*"|-?Infinity\b|\bNaN\b/g;

const parse = (text: string): unknown =>
  parseJson(text) ?? parseJson(text.replace(NOT_JSON, (word) => (word.startsWith('"') ? word : "null")));
