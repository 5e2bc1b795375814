/** Time as a parameter: tests turn their own clock and never sleep. Times are milliseconds since 1970. */
export interface Clock {
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts (it never rejects). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Longer timers fire at once (HTML, timers: a signed 32-bit number of ms): some 24 days. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(ms, MAX_TIMER_MS));
      signal?.addEventListener("abort", done, { once: true });
    }),
};

/** RFC 3339 in UTC with the `Z` suffix (RULE-003). */
export const rfc3339 = (ms: number): string => new Date(ms).toISOString();
