import type { App } from "../../app.ts";
import { ExpectedError } from "../../base/errors.ts";

export interface StopWatch {
  /** All of the agents take tasks. */
  onReady?(): void;
  /** Someone asked to stop; the agents are drained when this resolves. */
  onStopping?(): Promise<void>;
}

/**
 * Waits until someone stops the program, then drains the agents. Rejects when they cannot start as configured, or one
 * has to end for a reason of its own.
 */
export async function untilStopped(
  app: App,
  signal: AbortSignal,
  { onReady, onStopping }: StopWatch = {},
): Promise<void> {
  const interrupted = Promise.withResolvers<void>();
  const onAbort = () => interrupted.resolve();
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  // Agents that are stopped while they start have started, too, but take no tasks.
  const started = app.started.then(() => (signal.aborted ? undefined : onReady?.()));
  try {
    await Promise.race([interrupted.promise, started.then(() => interrupted.promise), failed(app.ended)]);
    await onStopping?.();
  } finally {
    await app.stop();
  }
}

const failed = async (ended: Promise<Error>): Promise<never> => {
  const { message } = await ended;
  throw new ExpectedError(message);
};
