import { parseJson } from "../../base/json.ts";
import { oneOf } from "../../base/one-of.ts";
import { isAtLeast } from "../runtime/version.ts";
import { blockSizeOutcome, choiceOf, listedBlockSizes } from "./choices.ts";
import { placeOf } from "./flags.ts";
import { formOutcome, formText } from "./number-forms.ts";
import { humanInteger, plainNumber } from "./numbers.ts";
import type { ArgumentProblem, FlagContext, ParsedArguments } from "./types.ts";

const LENGTH_FORMS = `a number of tokens (also ${oneOf(["32k", "32K", "auto"])})`;

/** Typed access to arguments; what cannot be read is a problem and counts as not given. */
export function valueReader(parsed: ParsedArguments, { version, platform }: FlagContext) {
  const problems = [...parsed.problems];
  const place = placeOf(version);
  const wrong = (flag: string, text: string, severity: ArgumentProblem["severity"] = "error"): void => {
    problems.push({ severity, code: "argument-value", flag: `--${flag}`, text });
  };
  const read = <T>(flag: string, expected: string, parse: (text: string) => T | undefined): T | undefined => {
    const argument = parsed.byFlag.get(flag);
    if (argument === undefined) return undefined;
    const value = argument.value === undefined ? undefined : parse(argument.value);
    const found = argument.value === undefined ? " has no value" : `=${argument.value}`;
    if (value === undefined) wrong(flag, `--${flag}${found}: expected ${expected}`);
    return value;
  };
  /** Tells a form that the release does not read, or may not. */
  const unread = (flag: string): void => {
    const value = parsed.byFlag.get(flag)?.value ?? "";
    const outcome = formOutcome(flag, value, place);
    if (outcome === "yes" || version === undefined) return;
    const text = `--${flag}=${value}: ${formText(flag, value)}; the runtime is vLLM ${version}`;
    wrong(flag, text, outcome === "no" ? "error" : "unknown");
  };
  const text = (flag: string) => read(flag, "a value", (value) => (value === "" ? undefined : value));
  return {
    problems,
    text,
    number: (flag: string) => read(flag, "a number of 0 or more", (value) => atLeast(plainNumber(value), 0)),
    positive: (flag: string) => read(flag, "a whole number from 1", (value) => wholeNumber(value)),
    /** With a unit where the release takes one: `32k`, `20G`. */
    amount(flag: string): number | undefined {
      const value = read(flag, "a whole number from 1 (also 32k, 20G)", (given) =>
        atLeast(humanInteger(given), 1),
      );
      if (value !== undefined) unread(flag);
      return value;
    },
    fraction: (flag: string) =>
      read(flag, "a number above 0, at most 1", (given) => {
        const value = plainNumber(given);
        return value !== undefined && value > 0 && value <= 1 ? value : undefined;
      }),
    length(flag: string): number | "auto" | undefined {
      const value = read<number | "auto">(flag, LENGTH_FORMS, (given) =>
        ["auto", "-1"].includes(given.trim().toLowerCase()) ? "auto" : atLeast(humanInteger(given), 1),
      );
      if (value !== undefined) unread(flag);
      return value;
    },
    enabled: (flag: string): boolean => isOn(parsed, flag),
    /** A word of a list that depends on the release; one that is in no list does not count. */
    choice(flag: string): string | undefined {
      const value = text(flag);
      const choice = value === undefined ? undefined : choiceOf(flag, value, place);
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
      const isListed = isAtLeast(version, "0.18.0") !== true;
      const takes = isListed
        ? `vLLM takes ${oneOf(listedBlockSizes(version))}`
        : `vLLM ${version} takes multiples of 16`;
      wrong(flag, `--${flag}=${size}: ${takes}`, outcome === "no" ? "error" : "unknown");
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
