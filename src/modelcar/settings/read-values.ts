import { parseJson } from "../../base/json.ts";
import { oneOf } from "../../base/one-of.ts";
import { blockSizeOutcome, blockSizesText, choiceOf } from "./choices.ts";
import { placeOf } from "./flags.ts";
import { formOutcome, formText, isAuto } from "./number-forms.ts";
import { humanInteger, plainNumber } from "./numbers.ts";
import { valueProblem } from "./problems.ts";
import type { FlagContext, ParsedArguments } from "./types.ts";

const LENGTH_FORMS = `a number of tokens (also ${oneOf(["32k", "32K", "auto"])})`;

/** Values as they are parsed; what cannot be read is a problem and counts as not given. */
function problemReader(parsed: ParsedArguments, version: string | undefined) {
  const problems = [...parsed.problems];
  const wrong = (...told: Parameters<typeof valueProblem>): void => {
    problems.push(valueProblem(...told));
  };
  const read = <T>(flag: string, expected: string, parse: (text: string) => T | undefined): T | undefined => {
    const argument = parsed.byFlag.get(flag);
    if (argument === undefined) return undefined;
    const value = argument.value === undefined ? undefined : parse(argument.value);
    const found = argument.value === undefined ? " has no value" : `=${argument.value}`;
    if (value === undefined) wrong(flag, `--${flag}${found}: expected ${expected}`);
    return value;
  };
  /** A number in one of several forms, of which the release may not read all. */
  const formed = <T>(
    flag: string,
    expected: string,
    parse: (text: string) => T | undefined,
  ): T | undefined => {
    const value = read(flag, expected, parse);
    const written = parsed.byFlag.get(flag)?.value ?? "";
    const outcome = value === undefined ? "yes" : formOutcome(flag, written, placeOf(version));
    if (outcome === "yes" || version === undefined) return value;
    const text = `--${flag}=${written}: ${formText(flag, written)}; the runtime is vLLM ${version}`;
    wrong(flag, text, outcome === "no" ? "error" : "unknown");
    return value;
  };
  return { problems, wrong, read, formed };
}

/** Typed access to arguments. */
export function valueReader(parsed: ParsedArguments, { version, platform }: FlagContext) {
  const { problems, wrong, read, formed } = problemReader(parsed, version);
  const text = (flag: string) => read(flag, "a value", (value) => (value === "" ? undefined : value));
  return {
    problems,
    text,
    number: (flag: string) => read(flag, "a number of 0 or more", (value) => atLeast(plainNumber(value), 0)),
    positive: (flag: string) => read(flag, "a whole number from 1", (value) => wholeNumber(value)),
    /** With a unit where the release takes one: `32k`, `20G`. */
    amount: (flag: string) =>
      formed(flag, "a whole number from 1 (also 32k, 20G)", (given) => atLeast(humanInteger(given), 1)),
    fraction: (flag: string) =>
      read(flag, "a number above 0, at most 1", (given) => {
        const value = plainNumber(given);
        return value !== undefined && value > 0 && value <= 1 ? value : undefined;
      }),
    length: (flag: string) =>
      formed<number | "auto">(flag, LENGTH_FORMS, (given) =>
        isAuto(given) ? "auto" : atLeast(humanInteger(given), 1),
      ),
    enabled: (flag: string): boolean => isOn(parsed, flag),
    /** A word of a list that depends on the release; one that is in no list does not count. */
    choice(flag: string): string | undefined {
      const value = text(flag);
      const choice = value === undefined ? undefined : choiceOf(flag, value, placeOf(version));
      if (choice === undefined || choice.presence === "yes") return value;
      const isCertain = choice.presence === "no" && (version !== undefined || !choice.known);
      const of = version === undefined ? "vLLM" : `vLLM ${version}`;
      const expected = `${of} takes ${oneOf(choice.all())}`;
      wrong(flag, `--${flag}=${value}: ${expected}`, isCertain ? "error" : "unknown");
      return choice.known ? value : undefined;
    },
    blockSize(flag: string): number | undefined {
      const size = read(flag, "a whole number from 1", (value) => wholeNumber(value));
      if (size === undefined) return undefined;
      const outcome = blockSizeOutcome(size, version, platform === "rocm");
      if (outcome === "yes") return size;
      wrong(flag, `--${flag}=${size}: ${blockSizesText(version)}`, outcome === "no" ? "error" : "unknown");
      return size;
    },
    /** JSON, as argparse checks it before anything else. */
    json: (flag: string): unknown => read(flag, "JSON", (value) => parseJson(value)),
  };
}

/** `--flag`, not `--no-flag`. */
export const isOn = ({ byFlag }: ParsedArguments, flag: string): boolean => {
  const argument = byFlag.get(flag);
  return argument !== undefined && !["false", "0", "no"].includes(argument.value?.toLowerCase() ?? "");
};

/** Python's int(): no unit. */
export const wholeNumber = (text: string): number | undefined =>
  /^\s*\+?\d+\s*$/.test(text) ? atLeast(Number(text), 1) : undefined;

const atLeast = (value: number | undefined, minimum: number): number | undefined =>
  value !== undefined && value >= minimum ? value : undefined;
