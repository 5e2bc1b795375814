import type { App } from "../../app.ts";
import type { Clock } from "../../base/clock.ts";
import { ExpectedError, toError } from "../../base/errors.ts";
import type { LoadedConfig } from "../../config/loaded.ts";
import type { Logger } from "../../log/logger.ts";
import { Interrupted } from "../framework/interrupted.ts";

export interface StopWatch {
  /** What the agents run by: their grace periods bound how long stopping takes. */
  loaded: readonly LoadedConfig[];
  signal: AbortSignal;
  clock: Clock;
  log: Logger;
  /** All of the agents take tasks. */
  onReady?(): void;
  /** Someone asked to stop; the agents are drained when this resolves. */
  onStopping?(): Promise<void>;
}

/**
 * Waits until someone stops the program, or an error that nothing caught does, then drains the agents. Rejects when they
 * cannot start as configured, or do not stop in time.
 */
export async function untilStopped(app: App, watch: StopWatch): Promise<void> {
  const { signal, log, onReady, onStopping } = watch;
  const interrupted = Promise.withResolvers<void>();
  const onAbort = () => interrupted.resolve();
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  // Agents that are stopped while they start have started, too, but take no tasks.
  const started = app.started.then(() => (signal.aborted ? undefined : onReady?.()));
  try {
    await Promise.race([interrupted.promise, started.then(() => interrupted.promise)]);
    if (!(signal.reason instanceof Interrupted))
      log.error({ error: toError(signal.reason) }, "an error that nothing caught: the agents are stopped");
    await onStopping?.();
  } finally {
    await stop(app, watch);
  }
}

/** Results leave and connections close after the running tasks have ended. */
const AFTER_GRACE_MS = 10_000;

async function stop(app: App, { loaded, clock }: StopWatch): Promise<void> {
  const limitMs = Math.max(...loaded.map(({ config }) => config.runtime.drain_secs)) * 1000 + AFTER_GRACE_MS;
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(limitMs, () =>
    late.reject(
      new ExpectedError(`the agents did not stop within ${limitMs / 1000} s`, {
        hint: "Nothing is lost: the next start takes up what was accepted.",
      }),
    ),
  );
  try {
    await Promise.race([app.stop(), late.promise]);
  } finally {
    cancel();
  }
}
