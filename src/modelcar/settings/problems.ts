import { closest } from "../../base/did-you-mean.ts";
import { isAtLeast } from "../runtime/version.ts";
import { FLAGS, type Flag, type Place, placeOf, presence } from "./flags.ts";
import type { Argument, ArgumentProblem, FlagContext } from "./types.ts";

/** What is wrong with the flags themselves: twice, unknown, a switch with a value. */
export function argumentProblems(
  all: readonly Argument[],
  byFlag: ReadonlyMap<string, Argument>,
  context: FlagContext,
): ArgumentProblem[] {
  const place = placeOf(context.version);
  return [
    ...duplicates(all),
    ...[...byFlag.keys()].flatMap((flag) => flagProblem(flag, context, place) ?? []),
    ...[...byFlag.values()].filter(({ isExplicit }) => isExplicit).flatMap((one) => valued(one, context)),
  ];
}

export const noFlag = (text: string): ArgumentProblem => ({
  severity: "error",
  code: "argument-form",
  flag: text,
  text: /^--?[A-Za-z][\w-]*\s/.test(text)
    ? `"${text}" is one argument with a space in it: vLLM takes it for a model's name. Write "${text.replace(/\s+/, "=")}".`
    : `"${text}" is no flag, and the flag before it takes no value`,
});

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
  const known = FLAGS.get(flag);
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

function unheardOf(flag: string, version: string | undefined, isCertain: boolean): string {
  const meant = closest(flag, FLAGS.keys());
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

/** Since 0.9 switches are written `--flag` and `--no-flag`; argparse takes no value for them. */
function valued({ flag, spelled, value }: Argument, { version }: FlagContext): ArgumentProblem[] {
  if (isAtLeast(version, "0.9.0") === false) return [];
  const isOff = ["false", "0", "no"].includes((value ?? "").toLowerCase());
  const text = `${spelled}=${value}: a switch takes no value since vLLM 0.9. Write ${isOff ? `--no-${flag}` : `--${flag}`}`;
  const severity = version === undefined ? "warning" : "error";
  return [{ severity, code: "argument-value", flag: `--${flag}`, text }];
}
