import type { Clock } from "../base/clock.ts";
import type { Env } from "../base/env.ts";
import type { Redact } from "../base/redact.ts";
import { type ProgramResult, runProgram } from "../base/run-program.ts";
import type { FoundCli } from "./find-cli.ts";
import { runInForeground } from "./run-in-foreground.ts";
import { runUnless } from "./run-unless.ts";
import type { SecretValues, Step } from "./target.ts";

export interface CallDeps {
  /** By the names that steps call them by. */
  programs: ReadonlyMap<string, FoundCli>;
  env: Env;
  cwd: string;
  secrets: SecretValues;
  clock: Clock;
  signal: AbortSignal;
  /** Gets the output of steps that are for the user, line by line, without secrets. */
  show(line: string): void;
}

/** How steps call programs. Each rejects with the signal's reason when that aborts. */
export interface StepCalls {
  /** Asks a program something that changes nothing. */
  ask(argv: Step["argv"]): Promise<ProgramResult>;
  /** Runs the step with further arguments; undefined: it was given up as hopeless. */
  run(step: Step, more: readonly string[]): Promise<ProgramResult | undefined>;
  /** Runs the step with our own output as its output; gives its exit code. */
  runInForeground(step: Step): Promise<number>;
}

/** Long enough for a look at a platform; steps that take longer say so. */
const DEFAULT_TIMEOUT_SECONDS = 300;
const ASK_TIMEOUT_SECONDS = 60;

export function stepCalls(deps: CallDeps, redact: Redact): StepCalls {
  const { programs, secrets, clock, signal } = deps;

  const found = ([name, ...args]: Step["argv"]): Step["argv"] => [programs.get(name)?.path ?? name, ...args];
  const surroundings = ({
    env,
    secretEnv = [],
    cwd = deps.cwd,
  }: Pick<Step, "env" | "secretEnv" | "cwd">) => ({
    env: { ...deps.env, ...env, ...pick(secrets, secretEnv) },
    cwd,
  });
  const ask = (argv: Step["argv"], own = signal): Promise<ProgramResult> =>
    runProgram({ argv: found(argv), ...surroundings({}), timeoutSeconds: ASK_TIMEOUT_SECONDS, signal: own });

  const call = (step: Step, more: readonly string[], own: AbortSignal): Promise<ProgramResult> =>
    runProgram({
      argv: [...found(step.argv), ...more],
      ...surroundings(step),
      ...(step.stdin && { stdin: step.stdin.text(secrets) }),
      timeoutSeconds: step.timeoutSeconds ?? (step.shown ? undefined : DEFAULT_TIMEOUT_SECONDS),
      onLine: step.shown && !step.inspect ? (line) => deps.show(redact(Bun.stripANSI(line))) : undefined,
      signal: own,
    });

  return {
    ask: (argv) => ask(argv),
    run(step, more) {
      const { hopelessIf } = step;
      if (!hopelessIf) return call(step, more, signal);
      const isHopeless = async (own: AbortSignal) => hopelessIf.satisfied(await ask(hopelessIf.argv, own));
      return runUnless((own) => call(step, more, own), isHopeless, { clock, signal });
    },
    runInForeground: (step) => runInForeground({ argv: found(step.argv), ...surroundings(step), signal }),
  };
}

const pick = (secrets: SecretValues, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (secrets[name] === undefined ? [] : [[name, secrets[name]]])));
