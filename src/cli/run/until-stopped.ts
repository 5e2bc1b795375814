import type { App } from "../../app.ts";
import { ExpectedError } from "../../base/errors.ts";

/**
 * Waits until someone stops the program, then drains the agents. Rejects when they cannot start as configured, or one
 * has to end for a reason of its own. `onReady` is called when all of them take tasks.
 */
export async function untilStopped(app: App, signal: AbortSignal, onReady: () => void): Promise<void> {
  const interrupted = Promise.withResolvers<void>();
  const onAbort = () => interrupted.resolve();
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    const started = app.started.then(onReady);
    await Promise.race([interrupted.promise, started.then(() => interrupted.promise), failed(app.ended)]);
  } finally {
    await app.stop();
  }
}

const failed = async (ended: Promise<Error>): Promise<never> => {
  const { message } = await ended;
  throw new ExpectedError(message);
};
