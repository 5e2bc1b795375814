import { counted } from "../../base/counted.ts";
import { ExpectedError } from "../../base/errors.ts";
import type { ProblemKind } from "./data-problem.ts";

/** One thing wrong with a config, ready to be shown: it holds no secret. */
export interface Problem {
  kind: ProblemKind;
  file: string;
  /** From 1; absent when the problem is not at a place of the file. */
  line?: number;
  column?: number;
  /** Where the value came from, when not from the file: `environment variable HEALTH_PORT`. */
  source?: string;
  /** Config path, as `llm.fallback[0].model`; empty for the file as a whole. */
  path: string;
  /** What was found and what is expected. */
  message: string;
  /** What to do about it. */
  hint?: string;
  excerpt?: Excerpt;
}

/** The line a problem is on. */
export interface Excerpt {
  text: string;
  /** What to underline: first column, from 1, and number of characters. */
  column: number;
  length: number;
}

/** A config that cannot be used, with everything that is wrong with it, in file order. */
export class ConfigError extends ExpectedError {
  override readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], explanation: { cause?: unknown } = {}) {
    super(plainReport(problems), explanation);
    this.problems = problems;
  }

  /** For a terminal: each problem with its line of the file and a caret under the place. */
  pretty({ color }: { color: boolean }): string {
    return prettyReport(this.problems, color);
  }

  /** For `--json`. */
  toJSON(): { problems: Omit<Problem, "excerpt">[] } {
    return { problems: this.problems.map(({ excerpt: _, ...problem }) => problem) };
  }
}

/** `file:14:15`, or what the value came from instead. */
export function placeOf({ file, line, column, source }: Problem): string {
  if (source !== undefined) return source;
  return line === undefined ? file : `${file}:${line}:${column ?? 1}`;
}

/** One line a problem, as compilers write them; those of each file together. */
export const plainReport = (problems: readonly Problem[]): string =>
  byFile(problems).map(plainFileReport).join("\n");

const byFile = (problems: readonly Problem[]): Problem[][] => [
  ...Map.groupBy(problems, ({ file }) => file).values(),
];

function plainFileReport(problems: readonly Problem[]): string {
  const lines = problems.map((problem) => {
    const path = problem.path === "" ? "" : `${problem.path}: `;
    const hint = problem.hint === undefined ? "" : `; ${problem.hint}`;
    return `${placeOf(problem)}: ${path}${problem.message}${hint}`;
  });
  return lines.length === 1 ? lines[0]! : [`${heading(problems)}:`, ...lines].join("\n");
}

function heading(problems: readonly Problem[]): string {
  const file = problems[0]?.file ?? "config";
  return `${file} has ${counted(problems.length, "problem")}`;
}

const codes = { bold: 1, red: 31, cyan: 36, dim: 2 } as const;

const prettyReport = (problems: readonly Problem[], color: boolean): string =>
  byFile(problems)
    .map((ofOne) => prettyFileReport(ofOne, color))
    .join("\n\n");

function prettyFileReport(problems: readonly Problem[], color: boolean): string {
  const paint = (style: keyof typeof codes, text: string) =>
    color ? `\u001b[${codes[style]}m${text}\u001b[0m` : text;
  const blocks = problems.map((problem) => {
    const path = problem.path === "" ? "" : `  ${problem.path}`;
    return [
      `${paint("bold", placeOf(problem))}${path}`,
      ...excerptLines(problem, paint),
      `  ${problem.message}`,
      ...(problem.hint === undefined ? [] : [`  ${paint("cyan", problem.hint)}`]),
    ].join("\n");
  });
  return [paint("red", heading(problems)), ...blocks].join("\n\n");
}

type Paint = (style: keyof typeof codes, text: string) => string;

function excerptLines({ line, excerpt }: Problem, paint: Paint): string[] {
  if (line === undefined || excerpt === undefined) return [];
  const number = String(line);
  const before = excerpt.text.slice(0, excerpt.column - 1).replace(/[^\t]/g, " ");
  return [
    `  ${paint("dim", `${number} |`)} ${excerpt.text}`,
    `  ${paint("dim", `${" ".repeat(number.length)} |`)} ${before}${paint("red", "^".repeat(excerpt.length))}`,
  ];
}
