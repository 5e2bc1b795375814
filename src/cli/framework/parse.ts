import { closest } from "../../base/did-you-mean.ts";
import type { Env } from "../../base/env.ts";
import { type Explanation, UsageError } from "../../base/errors.ts";
import type { PositionalSpec } from "./command.ts";
import type { AnyOptionValue, OptionSpec, OptionSpecs } from "./option-spec.ts";
import { type OptionToken, tokensOf } from "./tokens.ts";

export interface Split {
  /** Options that stood before the word. */
  before: string[];
  word: string | undefined;
  after: string[];
}

/** Splits at the first word that is neither an option nor the value of one: the name of the command. */
export function splitAtCommand(argv: readonly string[], specs: OptionSpecs): Split {
  const first = tokensOf(argv, specs).find((token) => token.kind === "word");
  if (!first) return { before: [...argv], word: undefined, after: [] };
  return { before: argv.slice(0, first.index), word: first.value, after: argv.slice(first.index + 1) };
}

export interface Parsed {
  options: Record<string, AnyOptionValue>;
  words: string[];
}

/** Reads options and words; options that were not given take their value from the environment or the default. */
export function parseOptions(argv: readonly string[], specs: OptionSpecs, env: Env): Parsed {
  const given = new Map<string, (string | number | boolean)[]>();
  const words: string[] = [];
  for (const token of tokensOf(argv, specs)) {
    if (token.kind === "word") words.push(token.value);
    else given.set(token.name, [...(given.get(token.name) ?? []), readToken(token, specs)]);
  }
  const options = Object.entries(specs).map(([name, spec]) => [
    name,
    settle(name, spec, given.get(name), env),
  ]);
  return { options: Object.fromEntries(options), words };
}

function readToken(token: OptionToken, specs: OptionSpecs): string | number | boolean {
  const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
  if (!spec) throw unknownOption(token, specs);
  if (spec.type === "boolean") {
    if (token.value !== undefined) throw new UsageError(`${token.rawName} takes no value`);
    return true;
  }
  const { value } = token;
  if (value === undefined || (!token.inlineValue && looksLikeOption(value, spec))) {
    const shown = value?.replace(/=.*$/s, "=…"); // it may be a secret
    throw new UsageError(`${token.rawName} needs a value: ${spec.value ?? spec.type}`, {
      ...(shown !== undefined && { hint: `If ${shown} is the value, write --${token.name}=${shown}` }),
    });
  }
  return convert(token.rawName, spec, value);
}

const looksLikeOption = (value: string, spec: OptionSpec): boolean =>
  value.length > 1 && value.startsWith("-") && !(spec.type === "number" && /^-[\d.]/.test(value));

function unknownOption(token: OptionToken, specs: OptionSpecs): UsageError {
  const visible = Object.keys(specs).filter((name) => !specs[name]?.hidden);
  return new UsageError(`unknown option ${token.rawName}`, {
    ...didYouMean(token.name, visible, (name) => `--${name}`),
  });
}

/** `from` is what the message calls it: the option, or the environment variable. */
function convert(from: string, spec: OptionSpec, value: string): string | number {
  if (spec.choices && !spec.choices.includes(value)) {
    throw new UsageError(`${from} is "${value}", expected one of ${spec.choices.join(", ")}`, {
      ...didYouMean(value, spec.choices),
    });
  }
  if (spec.type !== "number") return value;
  return readNumber(from, spec, value);
}

function readNumber(from: string, { min = -Infinity, max = Infinity, whole }: OptionSpec, value: string) {
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number))
    throw new UsageError(`${from} is "${value}", expected a number`);
  if (whole && !Number.isInteger(number))
    throw new UsageError(`${from} is ${value}, expected a whole number`);
  if (number < min) throw new UsageError(`${from} is ${value}, expected at least ${min}`);
  if (number > max) throw new UsageError(`${from} is ${value}, expected at most ${max}`);
  return number;
}

function settle(
  name: string,
  spec: OptionSpec,
  given: (string | number | boolean)[] | undefined,
  env: Env,
): AnyOptionValue {
  if (spec.multiple) return given ?? [];
  if (spec.type === "boolean") return given !== undefined;
  const fromEnv = spec.env === undefined ? undefined : env[spec.env];
  if (given) return given.at(-1);
  if (fromEnv) return convert(spec.env ?? name, spec, fromEnv);
  return spec.default;
}

/** A hint that names the nearest candidate, if one is near. */
export function didYouMean(
  word: string,
  candidates: Iterable<string>,
  show = (name: string): string => `"${name}"`,
): Explanation {
  const near = closest(word, candidates);
  return near === undefined ? {} : { hint: `Did you mean ${show(near)}?` };
}

const meaning = ({ description, choices }: PositionalSpec): string =>
  choices ? `${description}? One of ${choices.join(", ")}` : description;

/** Gives each word to the argument it stands for. */
export function bindWords(
  words: readonly string[],
  specs: readonly PositionalSpec[],
): Record<string, string | string[] | undefined> {
  const rest = [...words];
  const bound: Record<string, string | string[] | undefined> = {};
  for (const spec of specs) {
    const taken = spec.multiple ? rest.splice(0) : rest.splice(0, 1);
    if (taken.length === 0 && !spec.optional)
      throw new UsageError(`<${spec.name}> is missing: ${meaning(spec)}`);
    for (const word of taken) convert(`<${spec.name}>`, { ...spec, type: "string" }, word);
    bound[spec.name] = spec.multiple ? taken : taken[0];
  }
  if (rest.length > 0) {
    throw new UsageError(`unexpected argument "${rest[0]}"`, {
      ...(specs.length > 0 && !specs.at(-1)?.completes && { hint: "Put quotes around a text with spaces." }),
    });
  }
  return bound;
}
