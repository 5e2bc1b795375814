import { parseJson } from "../../base/json.ts";
import { isAtLeast } from "../runtime/version.ts";
import { flagNamed, flagNames, LIST_FLAGS, placeOf, presence, SHORT_FLAGS } from "./flags.ts";
import { argumentProblems, noFlag } from "./problems.ts";
import type { Argument, ArgumentProblem, FlagContext, ParsedArguments } from "./types.ts";

/**
 * Reads arguments of `vllm serve`: `--flag=value`, `--flag value`, `-tp 2`, dashes or underscores, `--no-flag`, the
 * beginning of a flag that is like no other's, `--json-flag.key=value`. `{{.Name}}` becomes the model's name. The test
 * suite of OpenDataHub keeps the first of duplicates, vLLM the last: that is told as a problem when their values differ.
 */
export function parseArguments(
  args: readonly string[],
  name: string,
  runtime: FlagContext = { version: undefined, platform: undefined },
): ParsedArguments {
  const all: Argument[] = [];
  const problems: ArgumentProblem[] = [];
  for (let index = 0; index < args.length; ) {
    const read = argumentAt(args, index, name, runtime.version);
    if (read === undefined) problems.push(noFlag(withName(args[index]!, name)));
    else all.push(read);
    index += read?.width ?? 1;
  }
  const byFlag = new Map<string, Argument>();
  for (const argument of all) if (!argument.flag.includes(".")) byFlag.set(argument.flag, argument);
  for (const [flag, value] of dottedValues(all)) {
    const first = all.find((argument) => argument.flag.startsWith(`${flag}.`))!;
    byFlag.set(flag, { ...first, flag, value });
  }
  return { all, byFlag, problems: [...problems, ...argumentProblems(all, byFlag, runtime)] };
}

/** An argument as the serving runtime hands it on: `{{.Name}}` is the name of the InferenceService. */
export const withName = (text: string, name: string): string =>
  text.includes("{{") ? text.replaceAll(/\{\{\s*\.Name\s*\}\}/g, name) : text;

function argumentAt(
  args: readonly string[],
  index: number,
  name: string,
  version: string | undefined,
): Argument | undefined {
  const text = withName(args[index]!, name);
  if (text.startsWith("-O") && text !== "-O") return levelArgument(text.slice(2), index, version);
  const [, spelled, inline] = /^(-{1,2}[A-Za-z][^=\s]*)(?:=([\s\S]*))?$/.exec(text) ?? [];
  if (spelled === undefined) return undefined;
  const { flag, negated } = canonical(spelled, version);
  const isSwitch = flagNamed(flag)?.kind === "boolean";
  const isExplicit = isSwitch && inline !== undefined;
  if (negated) return { ...argument(flag, spelled, "false", index, 1), isExplicit };
  if (inline !== undefined) return { ...argument(flag, spelled, inline, index, 1), isExplicit };
  const values = isSwitch ? [] : valuesAfter(args, index, LIST_FLAGS.has(flag));
  const value = values.length === 0 ? undefined : withName(values.join(" "), name);
  return argument(flag, spelled, value, index, 1 + values.length);
}

/**
 * `-O3`, `-O=3`, `-O.level=3`: keys of `--compilation-config` until 0.11, which dots name since 0.9 only; the whole of
 * `--optimization-level` since 0.13 (FlexibleArgumentParser.parse_args). `-O={"level":3}` is JSON in all but the newer.
 */
function levelArgument(text: string, index: number, version: string | undefined): Argument {
  const value = text.replace(/^=/, "");
  const isNew = isAtLeast(version, "0.13.0") ?? /^\d$/.test(value);
  if (isNew) return argument("optimization-level", "-O", value, index, 1);
  const [, keys, inner] = /^(\.[^=]+)=([\s\S]*)$/.exec(text) ?? [];
  if (keys === undefined) return argument("compilation-config", "-O", value, index, 1);
  return argument(`compilation-config${keys}`, `-O${keys}`, inner, index, 1);
}

const levelFlag = (version: string | undefined): string =>
  isAtLeast(version, "0.13.0") === false ? "compilation-config" : "optimization-level";

/** The elements up to the next flag, of most flags only the first. */
function valuesAfter(args: readonly string[], index: number, isList: boolean): string[] {
  const rest = args.slice(index + 1);
  const end = rest.findIndex((text) => /^-{1,2}[A-Za-z]/.test(text));
  const values = end < 0 ? rest : rest.slice(0, end);
  return isList ? values : values.slice(0, 1);
}

const argument = (
  flag: string,
  spelled: string,
  value: string | undefined,
  index: number,
  width: number,
): Argument => ({ flag, spelled, value, isExplicit: false, index, width });

function canonical(spelled: string, version: string | undefined): { flag: string; negated: boolean } {
  const short = spelled === "-O" ? levelFlag(version) : SHORT_FLAGS.get(spelled);
  if (short !== undefined) return { flag: short, negated: false };
  const [first = "", ...keys] = spelled.split(".");
  const head = SHORT_FLAGS.get(first) ?? first.replace(/^-+/, "").replaceAll("_", "-");
  const flag = [head, ...keys].join(".");
  const inverse = inverseOf(flag, version);
  if (inverse !== undefined) return { flag: inverse, negated: true };
  const positive = flag.replace(/^no-/, "");
  if (positive !== flag && flagNamed(positive)?.kind === "boolean") return { flag: positive, negated: true };
  if (flagNamed(flag) !== undefined || keys.length > 0 || !spelled.startsWith("--"))
    return { flag, negated: false };
  return { flag: completed(flag, version) ?? flag, negated: false };
}

/** 0.33 reads `--disable-x` as the opposite of `--enable-x`, and the other way round (EnableDisableAction); 0.30 does not. */
function inverseOf(flag: string, version: string | undefined): string | undefined {
  const [, word, rest] = /^(enable|disable)-(.+)$/.exec(flag) ?? [];
  if (word === undefined || isAtLeast(version, "0.31.0") !== true) return undefined;
  const inverse = `${word === "enable" ? "disable" : "enable"}-${rest}`;
  const isOwn = presence(flagNamed(flag), placeOf(version)) === "yes";
  return !isOwn && flagNamed(inverse)?.kind === "boolean" ? inverse : undefined;
}

/** The one flag of the release that begins so: argparse takes it (allow_abbrev). */
function completed(beginning: string, version: string | undefined): string | undefined {
  const place = placeOf(version);
  const possible = flagNames().filter(
    (name) => name.startsWith(beginning) && presence(flagNamed(name), place) !== "no",
  );
  return possible.length === 1 ? possible[0] : undefined;
}

/** `--hf-overrides.rope_scaling.factor=4` as the JSON that it stands for, by flag (FlexibleArgumentParser). */
function dottedValues(all: readonly Argument[]): Map<string, string> {
  const trees = new Map<string, Record<string, unknown>>();
  for (const { flag, value } of all) {
    if (!flag.includes(".")) continue;
    const [head = "", ...keys] = flag.split(".");
    const tree = trees.get(head) ?? {};
    trees.set(head, tree);
    const last = keys.pop() ?? "";
    let place: Record<string, unknown> = tree;
    for (const key of keys) {
      const inner = place[key];
      const next = inner !== null && typeof inner === "object" ? { ...inner } : {};
      place[key] = next;
      place = next;
    }
    place[last] = parseJson(value ?? "") ?? value;
  }
  return new Map([...trees].map(([flag, tree]) => [flag, JSON.stringify(tree)]));
}
