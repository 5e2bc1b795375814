import { ExpectedError } from "../base/errors.ts";
import type { PlanProblem } from "./target.ts";

/** All that is wrong with a plan, as one error. */
export class PlanError extends ExpectedError {
  override readonly problems: readonly PlanProblem[];

  constructor(problems: readonly PlanProblem[]) {
    const [only] = problems;
    if (problems.length === 1 && only) super(told(only), { hint: only.hint });
    else super([`${problems.length} things are in the way:`, ...problems.map(block)].join("\n"));
    this.problems = problems;
  }
}

const told = ({ agent, message }: PlanProblem): string =>
  agent === undefined ? message : `${agent}: ${message}`;

const block = (problem: PlanProblem): string => `\n  ${told(problem)}\n    hint: ${problem.hint}`;
