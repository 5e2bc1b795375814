import { counted } from "../../base/counted.ts";
import type { Redact } from "../../base/redact.ts";
import { showPath } from "../paths.ts";
import { type Locations, locate, type Span } from "../source/locate.ts";
import type { DataProblem } from "./data-problem.ts";
import { excerptOf } from "./excerpt.ts";
import { ConfigError, type Problem } from "./problem.ts";

/** More problems than this help nobody; the last one says how many were left out. */
const MAX_PROBLEMS = 100;

export interface Source {
  text: string;
  /** As it was named. */
  file: string;
}

/** The error of a config with these problems: each at its place, in file order, those from elsewhere after. */
export async function configError(
  found: readonly DataProblem[],
  source: Source,
  redact: Redact,
): Promise<ConfigError> {
  const locations = await locate(source.text);
  const placed = found
    .map((problem) => ({ problem, span: spanOf(problem, locations, source.text) }))
    .sort((a, b) => rank(a) - rank(b));
  const problems = placed.slice(0, MAX_PROBLEMS).map((one) => show(one, source, redact));
  if (placed.length > MAX_PROBLEMS) problems.push(leftOut(placed.length - MAX_PROBLEMS, source));
  return new ConfigError(problems);
}

interface Placed {
  problem: DataProblem;
  span: Span | undefined;
}

const rank = ({ problem, span }: Placed): number =>
  problem.source === undefined ? (span?.start ?? Number.MAX_SAFE_INTEGER - 1) : Number.MAX_SAFE_INTEGER;

const leftOut = (count: number, { file }: Source): Problem => ({
  kind: "file",
  file,
  path: "",
  message: `${counted(count, "more problem")}, not shown`,
});

function show({ problem, span }: Placed, { text, file }: Source, redact: Redact): Problem {
  const { kind, path, at, message, hint, source } = problem;
  const about: Problem = {
    kind,
    file,
    ...(source !== undefined && { source }),
    path: redact(showPath(path)),
    message: redact(message),
    ...(hint !== undefined && { hint: redact(hint) }),
  };
  if (span === undefined || source !== undefined) return about;
  const keyOnly = (kind === "unknown_key" || kind === "secret") && at === "key";
  const excerpt = excerptOf(text, { start: span.start, end: span.end, redact, keyOnly });
  return { ...about, line: span.line, column: span.column, excerpt };
}

function spanOf(problem: DataProblem, locations: Locations | undefined, text: string): Span | undefined {
  if (locations === undefined) return undefined;
  const { path, at, needle } = problem;
  const value = at === "value" ? locations.value(path) : undefined;
  if (value !== undefined && needle !== undefined) return within(value, needle, text);
  if (value !== undefined) return value;
  const named = at === "table" ? undefined : locations.key(path);
  return named ?? nearestTable(problem, locations);
}

/** What is missing is pointed out at the table that should have it; at the top when there is none. */
function nearestTable({ path }: DataProblem, locations: Locations): Span {
  for (let length = path.length - 1; length > 0; length -= 1) {
    const table = path.slice(0, length);
    const span = locations.key(table) ?? locations.value(table);
    if (span !== undefined) return span;
  }
  return { line: 1, column: 1, start: 0, end: 1 };
}

/** The part of a value's source where the needle stands, or the value when it is written with escapes. */
function within(value: Span, needle: string, text: string): Span {
  const start = text.indexOf(needle, value.start);
  if (start === -1 || start >= value.end) return value;
  const before = text.slice(value.start, start);
  const lines = before.split("\n");
  const column = lines.length === 1 ? value.column + before.length : lines.at(-1)!.length + 1;
  return { line: value.line + lines.length - 1, column, start, end: start + needle.length };
}
