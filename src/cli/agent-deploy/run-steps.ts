import { ExpectedError } from "../../base/errors.ts";
import { applySteps, type Progress, type StepOutcome } from "../../deploy/apply.ts";
import { type FoundCli, findClis } from "../../deploy/find-cli.ts";
import type { DeployTarget, SecretValues, Step, TargetOperations } from "../../deploy/target.ts";
import type { Context } from "../framework/context.ts";
import { type Spinner, spinner } from "../terminal/spinner.ts";
import { line } from "../terminal/streams.ts";

/** What can be done to the platform; an ExpectedError for one that can only be rendered for. */
export function operationsOf({ name, operations }: DeployTarget, program: string): TargetOperations {
  if (operations !== undefined) return operations;
  throw new ExpectedError(`${name} is rendered for, and nothing of it is run from here`, {
    hint: `Write its files with: ${program} render ${name} <config> --out <folder>`,
  });
}

/** Finds programs of a target by the names that steps call them by; each is looked for once. */
export type FindPrograms = (names: Iterable<string>) => Promise<ReadonlyMap<string, FoundCli>>;

/** Rejects with an ExpectedError when a program is missing or too old. */
export function programFinder(ctx: Context, { clis }: DeployTarget): FindPrograms {
  const found = new Map<string, FoundCli>();
  return async (names) => {
    const wanted = new Set(names);
    const missing = clis.filter(({ commands: [name = ""] }) => wanted.has(name) && !found.has(name));
    for (const [name, cli] of await findClis(missing, ctx)) found.set(name, cli);
    return found;
  };
}

/** Names of the programs that steps call. */
export const programsIn = (steps: readonly Step[]): string[] =>
  steps.flatMap(({ argv, skipIf, argsFrom, diagnose = [] }) => [
    argv[0],
    ...(skipIf ? [skipIf.argv[0]] : []),
    ...(argsFrom ? [argsFrom.argv[0]] : []),
    ...programsIn(diagnose),
  ]);

export interface RunStepsOptions {
  find: FindPrograms;
  values: SecretValues;
  /**
   * `progress`: the steps are told of, and what they show goes with that, to standard error. `result`: what they show is
   * what was asked for, and goes to standard output, unless --json wants it otherwise.
   */
  as: "progress" | "result";
}

export interface StepsRun {
  outcomes: StepOutcome[];
  /** Lines that were shown, or would have been but for --json. */
  shown: string[];
}

/** Runs steps, and tells of them. None is run when a program is missing. */
export async function runSteps(
  ctx: Context,
  steps: readonly Step[],
  { find, values, as }: RunStepsOptions,
): Promise<StepsRun> {
  const { env, cwd, clock, signal, globals, stdout, stderr } = ctx;
  const telling = as === "progress" && !globals.quiet && !globals.json;
  const waiting = spinner(stderr);
  const programs = await find(programsIn(steps));
  const shown: string[] = [];
  try {
    const outcomes = await applySteps(steps, {
      programs,
      env,
      cwd,
      secrets: values,
      clock,
      signal,
      tell: (progress) => (telling ? tell(progress, waiting, ctx) : undefined),
      show: (text) => {
        shown.push(text);
        if (telling) waiting.above(`${text}\n`);
        else if (as === "result" && !globals.json) line(stdout, text);
      },
    });
    return { outcomes, shown };
  } finally {
    waiting.stop();
  }
}

function tell(progress: Progress, waiting: Spinner, { stderr: { colors } }: Context): void {
  const { title } = progress;
  switch (progress.kind) {
    case "started":
      waiting.say(title);
      return;
    case "done":
      waiting.above(
        `${colors.green("✓")} ${title} ${colors.dim(`(${(progress.ms / 1000).toFixed(1)} s)`)}\n`,
      );
      return;
    case "skipped":
      waiting.above(`${colors.dim("–")} ${title} ${colors.dim(`(${progress.because})`)}\n`);
      return;
    case "failed":
      waiting.above(`${colors.red("✗")} ${title}\n`);
      return;
    case "stopped":
      waiting.above(`${colors.yellow("!")} ${title}: stopped; what was done before it stands\n`);
  }
}
