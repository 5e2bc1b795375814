import { type Backoff, backoffDelay } from "../../base/backoff.ts";

/** When a process that ended by itself is started again. */
export interface RestartPolicy {
  backoff: Backoff;
  /** One that ran for so long had come up well: what went wrong before no longer counts. */
  healthyMs: number;
  /** So many failures in a row, each before it was healthy, and it is given up. */
  maxFailures: number;
}

export const RESTART_POLICY: RestartPolicy = {
  backoff: { firstMs: 1_000, maxMs: 30_000 },
  healthyMs: 60_000,
  maxFailures: 5,
};

/** Status of our own program for a command line or a config that no other try will mend. */
const USAGE = 2;

export interface Ending {
  code: number;
  ranMs: number;
  /** In a row, before this one. */
  failures: number;
}

export type Verdict =
  | { kind: "restart"; delayMs: number; failures: number }
  | { kind: "give up"; reason: string };

/** Pure, but for the jitter of the delay. */
export function afterEnding(
  { code, ranMs, failures }: Ending,
  { backoff, healthyMs, maxFailures }: RestartPolicy,
  random: () => number,
): Verdict {
  if (code === USAGE) return { kind: "give up", reason: "it cannot run as it is configured" };
  const inRow = ranMs >= healthyMs ? 1 : failures + 1;
  if (inRow >= maxFailures) {
    return {
      kind: "give up",
      reason: `it ended ${inRow} times in a row within ${healthyMs / 1000} s of its start`,
    };
  }
  return { kind: "restart", delayMs: backoffDelay(backoff, inRow - 1, random), failures: inRow };
}
