import type { Clock } from "../../base/clock.ts";
import { Silence } from "./faults.ts";

/**
 * Runs `work` and gives it up when it has been silent for `limitMs`: since it began, or since it last called
 * `alive`; then rejects with {@link Silence}, or, when the outer signal aborts, with that one's reason. However it
 * fails, the work's own signal is aborted, and work that ignores it is not waited for.
 */
export async function withSilenceLimit<T>(
  work: (signal: AbortSignal, alive: () => void) => Promise<T>,
  { limitMs, clock, signal }: { limitMs: number; clock: Clock; signal: AbortSignal },
): Promise<T> {
  const stop = new AbortController();
  const watching = new AbortController();
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);

  let deadline = clock.now() + limitMs;
  const watch = async () => {
    while (!watching.signal.aborted && clock.now() < deadline) {
      await clock.sleep(deadline - clock.now(), watching.signal);
    }
    if (!watching.signal.aborted) reject(new Silence(limitMs));
  };
  const alive = () => {
    deadline = clock.now() + limitMs;
  };

  try {
    signal.throwIfAborted();
    signal.addEventListener("abort", onAbort, { once: true });
    void watch();
    return await Promise.race([work(stop.signal, alive), stopped]);
  } catch (thrown) {
    stop.abort(thrown);
    throw thrown;
  } finally {
    watching.abort();
    signal.removeEventListener("abort", onAbort);
  }
}
