import { closest } from "../../base/did-you-mean.ts";
import { remembered } from "../../base/remembered.ts";
import { isAtLeast } from "../runtime/version.ts";
import { type Flag, flagNamed, flagNames, type Place, placeOf, presence } from "./flags.ts";
import type { Argument, ArgumentProblem, FlagContext } from "./types.ts";

/** What is wrong with the flags themselves: twice, unknown, a switch with a value. */
export function argumentProblems(
  all: readonly Argument[],
  byFlag: ReadonlyMap<string, Argument>,
  context: FlagContext,
): ArgumentProblem[] {
  const place = placeOf(context.version);
  const problems = duplicates(all);
  for (const flag of byFlag.keys()) {
    const problem = flagProblem(flag, context, place);
    if (problem !== undefined) problems.push(problem);
  }
  for (const one of byFlag.values()) if (one.isExplicit) problems.push(...valued(one, context));
  for (const one of all) if (one.spelled.startsWith("--no")) problems.push(...negated(one, context));
  return problems;
}

/** A value that vLLM does not take, or may not take. */
export const valueProblem = (
  flag: string,
  text: string,
  severity: ArgumentProblem["severity"] = "error",
): ArgumentProblem => ({ severity, code: "argument-value", flag: `--${flag}`, text });

export const noFlag = (text: string): ArgumentProblem => ({
  severity: "error",
  code: "argument-form",
  flag: text,
  text: /^--?[A-Za-z][\w-]*\s/.test(text)
    ? `"${text}" is one argument with a space in it: vLLM takes it for a model's name. ${mended(text)}`
    : `"${text}" is no flag, and the flag before it takes no value`,
});

/** Of several values each is an item of the list. */
function mended(text: string): string {
  const parts = text.trim().split(/\s+/);
  return parts.length === 2
    ? `Write "${parts.join("=")}".`
    : `Write each part as an item of its own: ${parts.map((part) => `"${part}"`).join(", ")}.`;
}

function duplicates(all: readonly Argument[]): ArgumentProblem[] {
  const seen = new Map<string, Argument>();
  return all.flatMap((last) => {
    const first = seen.get(last.flag);
    seen.set(last.flag, last);
    if (first === undefined || first.value === last.value) return [];
    const values = `${first.value ?? "set"} and as ${last.value ?? "set"}`;
    const text = `--${last.flag} is given as ${values}: vLLM takes the last, the OpenDataHub tests the first`;
    return [{ severity: "warning", code: "argument-duplicate", flag: `--${last.flag}`, text }];
  });
}

/** A flag that the release does not have ends vLLM at once (argparse); plug-ins for other hardware add their own. */
function flagProblem(
  flag: string,
  { version, platform }: FlagContext,
  place: Place | undefined,
): ArgumentProblem | undefined {
  const known = flagNamed(flag);
  const plain = platform === undefined || platform === "cuda" || platform === "rocm";
  const found = presence(known, place);
  if (found === "yes") return undefined;
  if (version === undefined && known !== undefined) return whichRelease(known);
  const isCertain = found === "no" && plain;
  return {
    severity: isCertain ? "error" : "unknown",
    code: "argument-unknown",
    flag: `--${flag}`,
    text: known === undefined ? unheardOf(flag, version, isCertain) : notThen(known, version, isCertain),
  };
}

function whichRelease({ name, until }: Flag): ArgumentProblem | undefined {
  if (until === undefined) return undefined;
  const text = `--${name} was dropped after vLLM ${until}: newer releases refuse to start with it`;
  return { severity: "warning", code: "argument-release", flag: `--${name}`, text };
}

/** The flag that someone who wrote an unknown one probably meant, without the dashes. Searches ask for the same ones often. */
export const meantFlag = remembered(64, (flag) => closest(flag, flagNames()));

function unheardOf(flag: string, version: string | undefined, isCertain: boolean): string {
  const meant = meantFlag(flag);
  const hint = meant === undefined ? "" : `; did you mean --${meant}?`;
  return isCertain
    ? `--${flag} is not a flag of vLLM ${version}, which ends at once with "unrecognized arguments"${hint}`
    : `--${flag} is not a flag of vLLM that we know${hint}`;
}

function notThen({ name, from, until }: Flag, version: string | undefined, isCertain: boolean): string {
  const isGone = until !== undefined && isAtLeast(version, until) === true;
  const when = isGone ? `was dropped after ${until}` : `came with ${from}`;
  return isCertain
    ? `--${name} ${when}: vLLM ${version} ends at once with "unrecognized arguments"`
    : `--${name} ${when} or nearby; whether vLLM ${version} has it is not known`;
}

/** Switches that took `true` or `false` up to 0.8.4 (arg_utils.py, StoreBoolean). */
const TOOK_VALUE = new Set([
  "enable-chunked-prefill",
  "multi-step-stream-outputs",
  "disable-logprobs-during-spec-decoding",
  "disable-chunked-mm-input",
]);

/** Switches that had a `--no-` form before 0.8.5, which gave one to most (BooleanOptionalAction). */
const HAD_NO_FORM = new Set(["enable-prefix-caching", "use-tqdm-on-load"]);

/** Switches take no value: argparse refuses one, whether store_true or BooleanOptionalAction reads them. */
function valued({ flag, spelled, value = "" }: Argument, { version }: FlagContext): ArgumentProblem[] {
  const takes = TOOK_VALUE.has(flag) ? isAtLeast(version, "0.8.5") : true;
  const word = value.toLowerCase();
  if (takes === false && ["true", "false"].includes(word)) return [];
  const isOff = ["false", "0", "no"].includes(word);
  const isEarly = isAtLeast(version, "0.8.5") === false && !HAD_NO_FORM.has(flag);
  const off = isEarly ? `Leave --${flag} out` : `Write --no-${flag}`;
  const text = `${spelled}=${value}: vLLM takes no value for this switch. ${isOff ? off : `Write --${flag}`}`;
  return [valueProblem(flag, text, takes === undefined ? "warning" : "error")];
}

/** Before 0.8.5 argparse had no `--no-` form of most switches (store_true). */
function negated({ flag, spelled }: Argument, { version }: FlagContext): ArgumentProblem[] {
  const isNegated = /^--no[-_]/.test(spelled);
  if (!isNegated || HAD_NO_FORM.has(flag) || isAtLeast(version, "0.8.5") !== false) return [];
  const text = `${spelled}: vLLM ${version} has no such form and ends at once with "unrecognized arguments". Leave --${flag} out`;
  return [{ severity: "error", code: "argument-unknown", flag: `--${flag}`, text }];
}
