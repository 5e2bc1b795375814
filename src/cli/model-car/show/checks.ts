import type { CheckReport, StepReport } from "../../../modelcar/report/types.ts";
import { line, type Output } from "../../terminal/streams.ts";
import { widthBehind, wrap } from "../../terminal/wrap.ts";

const MARKS = { done: "- [x]", failed: "- [!]", skipped: "- [ ]" } as const;
const PAINT = { done: "green", failed: "yellow", skipped: "dim" } as const;
const INDENT = "      ";

export function showCheck({ text, status, detail }: CheckReport, out: Output): void {
  const width = widthBehind(INDENT.length, out);
  const [first = "", ...more] = wrap(detail === undefined ? text : `${text}: ${detail}`, width);
  line(out, `${out.colors[PAINT[status]](MARKS[status])} ${first}`);
  for (const part of more) line(out, `${INDENT}${part}`);
}

/** What ended a step, and what to do about it. */
export function showProblem({ problem, hint }: StepReport, out: Output): void {
  if (problem === undefined) return;
  line(out, `  ${out.colors.red("failed:")} ${problem}`);
  if (hint !== undefined) line(out, `  ${out.colors.cyan("hint:")} ${hint}`);
}
