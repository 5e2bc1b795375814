import type { Clock } from "../base/clock.ts";

const EVERY_MS = 3_000;

/**
 * What `run` gives, unless `hopeless` says meanwhile, asked every {@link EVERY_MS}, that nothing will come of it: then
 * `run` is aborted, and there is nothing. Rejects as `run` does. A look that fails says nothing, and is taken again.
 */
export async function runUnless<T>(
  run: (signal: AbortSignal) => Promise<T>,
  hopeless: (signal: AbortSignal) => Promise<boolean>,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<T | undefined> {
  const [ended, given] = [new AbortController(), new AbortController()];
  const watch = async () => {
    while (!ended.signal.aborted) {
      await clock.sleep(EVERY_MS, ended.signal);
      if (ended.signal.aborted) return;
      if (await hopeless(ended.signal).catch(() => false)) return given.abort();
    }
  };
  const watching = watch();
  try {
    return await run(AbortSignal.any([signal, given.signal]));
  } catch (error) {
    if (given.signal.aborted && !signal.aborted) return undefined;
    throw error;
  } finally {
    ended.abort();
    await watching;
  }
}
