import { shellLine } from "../base/shell-line.ts";
import type { Step } from "./target.ts";

/** A step as a dry run tells it: what it does, and lines that a person can read or type. */
export interface DescribedStep {
  title: string;
  /** As a shell reads it. */
  command: string;
  /** What goes with it: standard input, variables, the condition. */
  notes: string[];
  readOnly: boolean;
}

/** What would be run, exactly, but for secrets: those are named. */
export function describeStep(step: Step): DescribedStep {
  const { title, argv, stdin, env = {}, secretEnv = [], skipIf, argsFrom, cwd, readOnly = false } = step;
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const command = [
    shellLine([...(variables.length > 0 ? ["env", ...variables] : []), ...argv]),
    argsFrom?.placeholder,
  ]
    .filter(Boolean)
    .join(" ");
  const notes = [
    cwd && `in ${cwd}`,
    stdin && `standard input: ${stdin.description}`,
    secretEnv.length > 0 && `variables with secrets: ${secretEnv.join(", ")}`,
    skipIf && `left out if ${skipIf.because}: ${shellLine(skipIf.argv)}`,
    argsFrom && `${argsFrom.placeholder}: from ${shellLine(argsFrom.argv)}`,
  ].filter((note) => typeof note === "string" && note !== "");
  return { title, command, notes: notes as string[], readOnly };
}
