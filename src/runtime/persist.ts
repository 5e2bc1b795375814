import { type Backoff, backoffDelay } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";
import { toError } from "../base/errors.ts";

export interface PersistOptions {
  clock: Pick<Clock, "sleep">;
  backoff: Backoff;
  /** Ends the waiting. */
  signal: AbortSignal;
  /** `failures`: how many there were before this one. May throw, where trying again is no use. */
  onFailure(error: Error, failures: number): void;
}

/** Tries at least once and until it succeeds, waiting longer each time; undefined when the signal aborted meanwhile. */
export async function persist<T>(
  attempt: () => Promise<T>,
  { clock, backoff, signal, onFailure }: PersistOptions,
): Promise<T | undefined> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (thrown) {
      onFailure(toError(thrown), failures);
      await clock.sleep(backoffDelay(backoff, failures), signal);
      if (signal.aborted) return undefined;
    }
  }
}
