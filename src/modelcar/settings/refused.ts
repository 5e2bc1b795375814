import { closest } from "../../base/did-you-mean.ts";
import { parseJson } from "../../base/json.ts";
import { isObject } from "../../base/lenient-json.ts";
import { oneOf } from "../../base/one-of.ts";
import { isAtLeast } from "../runtime/version.ts";
import { placeOf, presence } from "./flags.ts";
import { valueProblem } from "./problems.ts";
import { isOn } from "./read-values.ts";
import { TOOL_PARSERS } from "./tool-parsers.ts";
import type { ArgumentProblem, ParsedArguments } from "./types.ts";

type Check = (value: string, version: string | undefined) => string | undefined;

/** Values of flags that no number here depends on, but with which vLLM ends at once: what it expects instead. */
const CHECKS: Readonly<Record<string, Check>> = {
  seed: (value, version) =>
    isPythonInteger(value) || (isAtLeast(version, "0.8.5") !== false && ["", "None"].includes(value))
      ? undefined
      : "expected a whole number",
  port: (value) => (isPythonInteger(value) ? undefined : "expected a whole number"),
  "uvicorn-log-level": (value) => {
    const levels = ["debug", "info", "warning", "error", "critical", "trace"];
    return levels.includes(value) ? undefined : `vLLM takes ${oneOf(levels)}`;
  },
  "optimization-level": (value) => (/^[0-3]$/.test(value) ? undefined : "vLLM takes 0, 1, 2 or 3"),
  "distributed-executor-backend": executorProblem,
  "limit-mm-per-prompt": limitProblem,
};

/** What the parser or the server refuses of values that nothing else reads. */
export function refusedValues(parsed: ParsedArguments, version: string | undefined): ArgumentProblem[] {
  const found: ArgumentProblem[] = [];
  for (const [flag, { value }] of parsed.byFlag) {
    const check = Object.hasOwn(CHECKS, flag) ? CHECKS[flag] : undefined;
    if (check === undefined) continue;
    const text = value === undefined ? "has no value" : check(value, version);
    if (text !== undefined)
      found.push(valueProblem(flag, `--${flag}${value === undefined ? " " : `=${value}: `}${text}`));
  }
  return [...found, ...toolProblems(parsed, version)];
}

/** What int() of Python takes: a sign, underscores between digits. */
const isPythonInteger = (text: string): boolean => /^\s*[+-]?\d+(?:_\d+)*\s*$/.test(text);

/** A list up to 0.11.0, in 0.6 a shorter one; since 0.11.2 also the dotted name of a class (v1/executor/abstract.py). */
function executorProblem(value: string, version: string | undefined): string | undefined {
  const first = ["ray", "mp"];
  const known = isAtLeast(version, "0.7.0") === false ? first : [...first, "uni", "external_launcher"];
  if (known.includes(value)) return undefined;
  if (value.includes(".") && isAtLeast(version, "0.11.1") !== false) return undefined;
  return `vLLM takes ${oneOf(known)}`;
}

/** `image=2` up to 0.9, JSON since 0.8.5 (arg_utils.py: nullable_kvs, get_kwargs). */
function limitProblem(value: string, version: string | undefined): string | undefined {
  const isPairs = value
    .split(",")
    .every((item) => item.split("=").length === 2 && isPythonInteger(item.split("=")[1] ?? ""));
  if (isAtLeast(version, "0.8.5") === false)
    return isPairs || value === "" ? undefined : `vLLM ${version} takes image=2,video=1`;
  if (isObject(parseJson(value))) return undefined;
  const takesPairs = isAtLeast(version, "0.10.1") !== true;
  return isPairs && takesPairs ? undefined : 'expected JSON: {"image": 2}';
}

/** The server checks the two together (validate_parsed_serve_args, validate_api_server_args). */
function toolProblems(parsed: ParsedArguments, version: string | undefined): ArgumentProblem[] {
  if (!isOn(parsed, "enable-auto-tool-choice")) return [];
  const parser = parsed.byFlag.get("tool-call-parser")?.value;
  if (parser === undefined)
    return [
      valueProblem(
        "enable-auto-tool-choice",
        "--enable-auto-tool-choice needs --tool-call-parser: vLLM refuses to start without",
      ),
    ];
  if (parsed.byFlag.has("tool-parser-plugin")) return [];
  const known = TOOL_PARSERS.get(parser);
  const found = presence(known, placeOf(version));
  if (found === "yes" || (version === undefined && known !== undefined)) return [];
  const meant = known === undefined ? closest(parser, TOOL_PARSERS.names()) : undefined;
  const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
  const of = version === undefined ? "vLLM that we know" : `vLLM ${version}`;
  const text =
    found === "no"
      ? `--tool-call-parser=${parser} is not a parser of ${of}, which refuses to start${hint}`
      : `--tool-call-parser=${parser}: whether ${of} has that parser is not known${hint}`;
  return [valueProblem("tool-call-parser", text, found === "no" ? "error" : "unknown")];
}
