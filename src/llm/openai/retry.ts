import { type Backoff, backoffDelay } from "../../base/backoff.ts";
import type { Clock } from "../../base/clock.ts";
import type { ProviderError } from "./failure.ts";

const BACKOFF: Backoff = { firstMs: 500, maxMs: 8_000 };

export interface RetryPolicy {
  /** Further tries after the first. */
  retries: number;
  /** A provider that wants to be left alone for longer than this is not waited for. */
  maxWaitMs: number;
  clock: Clock;
  signal: AbortSignal;
  backoff?: Backoff;
  onRetry?(error: ProviderError, waitMs: number): void;
}

/**
 * Tries again, after a pause, as long as the failure may pass and tries are left. Rejects with the last failure, or
 * with the signal's reason.
 */
export async function withRetry<T>(
  attempt: () => Promise<T>,
  classify: (thrown: unknown) => ProviderError,
  policy: RetryPolicy,
): Promise<T> {
  const { clock, signal, retries, maxWaitMs, backoff = BACKOFF } = policy;
  for (let tried = 0; ; tried += 1) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (thrown) {
      signal.throwIfAborted();
      const error = classify(thrown);
      const { retryable, retryAfterMs = 0 } = error.prospects;
      if (!retryable || tried >= retries || retryAfterMs > maxWaitMs) throw error;
      const wait = waitBefore(error, backoffDelay(backoff, tried));
      policy.onRetry?.(error, wait);
      await clock.sleep(wait, signal);
    }
  }
}

/** The provider's own figure counts, where it has one; the jitter on top keeps many clients from coming at once. */
function waitBefore({ prospects }: ProviderError, delay: number): number {
  const asked = prospects.retryAfterMs;
  return asked === undefined ? delay : Math.max(asked, Math.min(delay, asked + 250));
}
