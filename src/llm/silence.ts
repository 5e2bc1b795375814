import type { Clock } from "../base/clock.ts";
import { Silence } from "./faults.ts";

/**
 * Runs `work` and gives it up when it has been silent for `limitMs`: since it began, or since it last called
 * `alive`. Its signal aborts then, and it rejects with {@link Silence}; when the outer signal aborts, with that
 * one's reason. Does not wait for work that ignores its signal.
 */
export async function withSilenceLimit<T>(
  work: (signal: AbortSignal, alive: () => void) => Promise<T>,
  { limitMs, clock, signal }: { limitMs: number; clock: Clock; signal: AbortSignal },
): Promise<T> {
  const stop = new AbortController();
  const done = new AbortController();
  const over = () => stop.abort(signal.reason);
  if (signal.aborted) over();
  signal.addEventListener("abort", over, { once: true });

  let deadline = clock.now() + limitMs;
  const watch = async () => {
    while (!done.signal.aborted && clock.now() < deadline) {
      await clock.sleep(deadline - clock.now(), done.signal);
    }
    if (!done.signal.aborted) stop.abort(new Silence(limitMs));
  };

  try {
    const aborted = new Promise<never>((_, reject) => {
      const fail = () => reject(stop.signal.reason);
      if (stop.signal.aborted) return fail();
      stop.signal.addEventListener("abort", fail, { once: true });
    });
    void watch();
    const alive = () => {
      deadline = clock.now() + limitMs;
    };
    return await Promise.race([work(stop.signal, alive), aborted]);
  } finally {
    done.abort();
    signal.removeEventListener("abort", over);
  }
}
