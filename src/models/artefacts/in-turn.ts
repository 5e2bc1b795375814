import { race } from "../../base/abort.ts";

/** What is under way, by the name of what it is for. */
export type Running = Map<string, Promise<unknown>>;

/**
 * Runs `work` when nothing else runs for this key: what it wants may have been done by then. Each is ended by its own signal
 * alone, and who waits goes on when the one before has failed. Rejects with the signal's reason while it waits.
 */
export async function inTurn<T>(
  running: Running,
  key: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  for (let before = running.get(key); before !== undefined; before = running.get(key)) {
    await race(
      before.catch(() => {}),
      signal,
    );
  }
  const own = work();
  running.set(key, own);
  try {
    return await own;
  } finally {
    running.delete(key);
  }
}
