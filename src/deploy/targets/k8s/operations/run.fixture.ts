import { manualClock } from "../../../../../test/peers/manual-clock.ts";
import { applySteps } from "../../../apply.ts";
import { type AnswerRule, cliDouble } from "../../../cli-double.fixture.ts";
import type { SecretValues, Step } from "../../../target.ts";

export interface Run {
  /** Calls of kubectl without what all have in common. */
  lines: string[];
  /** Calls that change something. */
  changes: string[];
  stdin: unknown[];
  shown: string[];
  /** Titles and reasons. */
  skipped: string[];
  error: Error | undefined;
}

export interface RunOptions {
  /** What is looked at every few seconds is looked at; else the clock stands still. */
  timePasses?: boolean;
}

const LOOKING = /^(get|version|auth|diff|logs|api-resources|rollout status|wait)\b|--dry-run=server/;

/** Runs steps with a double of kubectl that answers by the rules, and else with nothing and exit code 0. */
export async function run(
  steps: readonly Step[],
  kubectl: readonly AnswerRule[] = [],
  secrets: SecretValues = {},
  { timePasses = false }: RunOptions = {},
): Promise<Run> {
  using double = cliDouble({ kubectl });
  const [shown, skipped]: [string[], string[]] = [[], []];
  const clock = manualClock();
  if (timePasses) clock.skip(3_000);
  let error: Error | undefined;
  try {
    await applySteps(steps, {
      programs: new Map(),
      env: { PATH: double.path },
      cwd: "/",
      secrets,
      clock,
      signal: AbortSignal.timeout(20_000),
      tell: (progress) =>
        progress.kind === "skipped" && skipped.push(`${progress.title}: ${progress.because}`),
      show: (line) => shown.push(line),
    });
  } catch (thrown) {
    error = thrown as Error;
  }
  const lines = double.lines().map((line) => line.replace(/^kubectl (--context \S+ )?--namespace \S+ /, ""));
  const stdin: unknown[] = double.calls().flatMap(({ stdin }) => (stdin === "" ? [] : [JSON.parse(stdin)]));
  return { lines, changes: lines.filter((line) => !LOOKING.test(line)), stdin, shown, skipped, error };
}
