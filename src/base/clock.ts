/** Time as a parameter: tests turn their own clock and never sleep. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds from some moment on, in fractions, never set back: for durations. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when `signal` aborts (it never rejects). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back once after `ms`, unless the function that it returns is called before. */
  after(ms: number, callback: () => void): () => void;
}

/** Longer timers fire at once (HTML, timers: a signed 32-bit number of ms): some 24 days. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

const after: Clock["after"] = (ms, callback) => {
  const timer = setTimeout(callback, Math.min(ms, MAX_TIMER_MS));
  return () => clearTimeout(timer);
};

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        cancel();
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const cancel = after(ms, done);
      signal?.addEventListener("abort", done, { once: true });
    }),
};

/** RFC 3339 in UTC with the `Z` suffix (RULE-003). */
export const rfc3339 = (ms: number): string => new Date(ms).toISOString();
