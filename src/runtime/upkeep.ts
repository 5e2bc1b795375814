import { toError } from "../base/errors.ts";
import type { Parts } from "./assemble.ts";
import type { AgentWorld } from "./world.ts";

const LOOK_AROUND_MS = 5_000;
const PRUNE_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** What others who share the store did: tasks that came back, results of one that is gone, room that is free again. */
export async function lookAround({ store, clock, log }: AgentWorld, parts: Parts): Promise<void> {
  const { intake, workers, outbox, closing } = parts;
  for (;;) {
    await clock.sleep(LOOK_AROUND_MS, closing.signal);
    if (closing.signal.aborted) return;
    workers.wake();
    outbox.wake();
    await store.stats().then(
      ({ waiting, running }) => intake.recount(waiting + running),
      (error) => log.warn({ error: toError(error) }, "the journal cannot be read"),
    );
  }
}

/** Of tasks that were done so many days ago a second delivery is a task of its own. */
export async function forgetOldTasks(
  { store, clock, log }: AgentWorld,
  days: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await store.prune(clock.now() - days * DAY_MS).catch((error) => {
      log.warn({ error: toError(error) }, "old tasks could not be forgotten");
    });
    await clock.sleep(PRUNE_EVERY_MS, signal);
  }
}
