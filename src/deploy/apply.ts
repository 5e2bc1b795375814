import type { Redact } from "../base/redact.ts";
import { type CallDeps, type StepCalls, stepCalls } from "./step-calls.ts";
import { linesOf, quoted, secretRedactor, stepFailure, whyItFailed } from "./step-failure.ts";
import type { Step } from "./target.ts";

/** What is told while steps run. */
export type Progress =
  | { kind: "started"; title: string }
  | { kind: "done"; title: string; ms: number }
  | { kind: "skipped"; title: string; because: string }
  | { kind: "failed"; title: string }
  | { kind: "stopped"; title: string };

export interface ApplyDeps extends CallDeps {
  tell(progress: Progress): void;
}

export interface StepOutcome {
  step: Step;
  /** Exit code of the program; undefined when the step was skipped. */
  code: number | undefined;
}

/**
 * Runs the steps, one after the other: the only place that changes a platform. Secrets reach the programs on standard
 * input or as their variables, and no output shows them. Rejects at the first step that fails, with what the program said
 * and what the step says about going on; or with the signal's reason.
 */
export async function applySteps(steps: readonly Step[], deps: ApplyDeps): Promise<StepOutcome[]> {
  const redact = secretRedactor(deps.secrets);
  const runner: Runner = { ...deps, redact, calls: stepCalls(deps, redact) };
  const outcomes: StepOutcome[] = [];
  for (const step of steps) {
    try {
      outcomes.push({ step, code: await runStep(step, runner) });
    } catch (error) {
      deps.tell({ kind: deps.signal.aborted ? "stopped" : "failed", title: step.title });
      throw error;
    }
  }
  return outcomes;
}

interface Runner extends ApplyDeps {
  redact: Redact;
  calls: StepCalls;
}

async function runStep(step: Step, runner: Runner): Promise<number | undefined> {
  if (step.foreground) return runForeground(step, runner);
  const { title, okCodes = [0], inspect } = step;
  const { calls, clock, redact, show, tell } = runner;
  const started = clock.monotonic();
  tell({ kind: "started", title });
  const need = await whatIsNeeded(step, runner);
  if ("because" in need) {
    if (!step.quietSkip) tell({ kind: "skipped", title, because: need.because });
    return undefined;
  }
  const result = await calls.run(step, need.args);
  if (result === undefined || result.timedOut || !okCodes.includes(result.code)) {
    const why = result ? whyItFailed(step.argv[0], result, redact) : (step.hopelessIf?.because ?? "");
    throw stepFailure(step, why, await diagnosis(step.diagnose, runner));
  }
  const shown = inspect?.(result.stdout);
  if (shown !== undefined) for (const line of linesOf(shown)) show(redact(line));
  tell({ kind: "done", title, ms: clock.monotonic() - started });
  return result.code;
}

async function runForeground(step: Step, { calls, signal }: Runner): Promise<number> {
  const code = await calls.runInForeground(step);
  if (code !== 0 && !signal.aborted) throw stepFailure(step, `${step.argv[0]} ended with ${code}`);
  return code;
}

/** Why there is nothing to do, or the arguments that only another program can tell. */
async function whatIsNeeded(
  step: Step,
  { calls, redact }: Runner,
): Promise<{ because: string } | { args: readonly string[] }> {
  const { skipIf, argsFrom } = step;
  if (skipIf?.satisfied(await calls.ask(skipIf.argv))) return { because: skipIf.because };
  if (!argsFrom) return { args: [] };
  const result = await calls.ask(argsFrom.argv);
  if (result.code !== 0) throw stepFailure(step, whyItFailed(argsFrom.argv[0], result, redact));
  const args = argsFrom.args(result.stdout);
  return args.length > 0 ? { args } : { because: argsFrom.because ?? "there is nothing to do" };
}

/** What the platform gives as the reason, as far as it can be had. */
async function diagnosis(steps: readonly Step[] = [], { calls, redact }: Runner): Promise<string> {
  const parts: string[] = [];
  for (const step of steps) {
    const result = await calls.run({ timeoutSeconds: DIAGNOSE_TIMEOUT_SECONDS, ...step, shown: false }, []);
    const { code, stdout = "", stderr = "" } = result ?? {};
    const said = code === 0 && step.inspect ? (step.inspect(stdout) ?? "") : `${stdout}${stderr}`;
    const text = quoted(said, redact);
    if (text !== "") parts.push(`\n${step.title}:${text}`);
  }
  return parts.join("");
}

const DIAGNOSE_TIMEOUT_SECONDS = 60;
