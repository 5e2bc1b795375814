import { closest } from "../../base/did-you-mean.ts";
import type { ArgumentProblem } from "../types.ts";
import { KNOWN_FLAGS, SHORT_FLAGS } from "./flags.ts";

/** One flag as given. */
export interface Argument {
  /** Canonical, without dashes: `max-model-len`. */
  flag: string;
  /** Undefined for a flag without a value; `false` in text for its `--no-` form. */
  value: string | undefined;
  /** Where it begins in the list, and how many elements it takes. */
  index: number;
  width: 1 | 2;
}

export interface ParsedArguments {
  /** In order, duplicates included. */
  all: Argument[];
  /** What counts: of duplicates the last, as vLLM's argparse does. */
  byFlag: Map<string, Argument>;
  problems: ArgumentProblem[];
}

/**
 * Reads arguments of `vllm serve`: `--flag=value`, `--flag value`, `-tp 2`, dashes or underscores, `--no-flag`.
 * `{{.Name}}` becomes the model's name. The test suite of OpenDataHub keeps the first of duplicates, vLLM the last:
 * that is told as a problem when their values differ.
 */
export function parseArguments(args: readonly string[], name: string): ParsedArguments {
  const all: Argument[] = [];
  const problems: ArgumentProblem[] = [];
  for (let index = 0; index < args.length; ) {
    const read = argumentAt(args, index, name);
    if ("problem" in read) problems.push(read.problem);
    else all.push(read);
    index += "problem" in read ? 1 : read.width;
  }
  const byFlag = new Map<string, Argument>();
  for (const argument of all) {
    const earlier = byFlag.get(argument.flag);
    if (earlier !== undefined && earlier.value !== argument.value)
      problems.push(duplicate(earlier, argument));
    byFlag.set(argument.flag, argument);
  }
  for (const flag of byFlag.keys()) if (!KNOWN_FLAGS.has(flag)) problems.push(unknownFlag(flag));
  return { all, byFlag, problems };
}

function argumentAt(
  args: readonly string[],
  index: number,
  name: string,
): Argument | { problem: ArgumentProblem } {
  const text = args[index]!.replaceAll(/\{\{\s*\.Name\s*\}\}/g, name);
  const [, spelled, inline] = /^(-{1,2}[A-Za-z][^=\s]*)(?:=([\s\S]*))?$/.exec(text) ?? [];
  if (spelled === undefined) return { problem: noFlag(text) };
  const { flag, negated } = canonical(spelled);
  if (negated) return { flag, value: "false", index, width: 1 };
  if (inline !== undefined) return { flag, value: inline, index, width: 1 };
  const next = args[index + 1];
  const takesNext =
    KNOWN_FLAGS.get(flag) !== "boolean" && next !== undefined && !/^-{1,2}[A-Za-z]/.test(next);
  if (!takesNext) return { flag, value: undefined, index, width: 1 };
  return { flag, value: next.replaceAll(/\{\{\s*\.Name\s*\}\}/g, name), index, width: 2 };
}

function canonical(spelled: string): { flag: string; negated: boolean } {
  const short = SHORT_FLAGS.get(spelled);
  if (short !== undefined) return { flag: short, negated: false };
  const flag = spelled.replace(/^-+/, "").replaceAll("_", "-");
  const positive = flag.replace(/^no-/, "");
  return positive !== flag && KNOWN_FLAGS.get(positive) === "boolean"
    ? { flag: positive, negated: true }
    : { flag, negated: false };
}

const noFlag = (text: string): ArgumentProblem => ({
  severity: "error",
  code: "argument-form",
  flag: text,
  text: /^--?[A-Za-z][\w-]*\s/.test(text)
    ? `"${text}" is one argument with a space in it: vLLM takes it for a model's name. Write "${text.replace(/\s+/, "=")}".`
    : `"${text}" is no flag, and the flag before it takes no value`,
});

const duplicate = (first: Argument, last: Argument): ArgumentProblem => ({
  severity: "warning",
  code: "argument-duplicate",
  flag: `--${last.flag}`,
  text: `--${last.flag} is given as ${first.value ?? "set"} and as ${last.value ?? "set"}: vLLM takes the last, the OpenDataHub tests the first`,
});

function unknownFlag(flag: string): ArgumentProblem {
  const meant = closest(flag, KNOWN_FLAGS.keys());
  return {
    severity: "warning",
    code: "argument-unknown",
    flag: `--${flag}`,
    text: `--${flag} is not a flag of vLLM that we know${meant === undefined ? "" : `; did you mean --${meant}?`}`,
  };
}
