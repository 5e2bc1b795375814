import { backoffDelay } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";
import { toError } from "../base/errors.ts";
import type { Logger } from "../log/logger.ts";
import type { JournalTask, Store } from "./ports/store.ts";
import { createPump } from "./pump.ts";
import type { Work } from "./work.ts";

export interface WorkersOptions {
  store: Store;
  concurrency: number;
  clock: Clock;
  log: Logger;
  /** Rejects only when the signal aborts. */
  work(task: JournalTask, signal: AbortSignal): Promise<Work>;
  /** The task is done and its results are in the outbox. */
  onDone(): void;
}

const RETRY = { firstMs: 200, maxMs: 10_000 };
/** Tasks that were told to stop get this long to do so, in ms. */
const ABORT_GRACE_MS = 1_000;

class HandedBack extends Error {}

/** Claims tasks from the journal and works as many at a time as it may. */
export function createWorkers({ store, concurrency, clock, log, work, onDone }: WorkersOptions) {
  const running = new Map<string, { abort: AbortController; ended: Promise<void> }>();
  const closing = new AbortController();
  let started = false;
  let claiming: Promise<unknown> = Promise.resolve();
  let failures = 0;
  let problem: string | undefined;

  const claim = (limit: number): Promise<number> => (claiming = claimUpTo(limit));

  const claimUpTo = async (limit: number): Promise<number> => {
    try {
      const tasks = await store.claim(limit);
      if (closing.signal.aborted) await Promise.all(tasks.map(({ key }) => handBack(key)));
      else for (const task of tasks) begin(task);
      failures = 0;
      problem = undefined;
      return tasks.length;
    } catch (error) {
      problem = `tasks cannot be claimed: ${toError(error).message}`;
      log.error({ error: toError(error) }, "tasks cannot be claimed from the journal; trying again");
      await clock.sleep(backoffDelay(RETRY, failures++), closing.signal);
      return limit; // there may be some
    }
  };
  const room = () => (started && !closing.signal.aborted ? concurrency - running.size : 0);
  const pump = createPump({ room, take: claim });

  const begin = (task: JournalTask): void => {
    const abort = new AbortController();
    const ended = run(task, abort.signal).finally(() => {
      running.delete(task.key);
      pump.freed();
    });
    running.set(task.key, { abort, ended });
  };

  const run = async (task: JournalTask, signal: AbortSignal): Promise<void> => {
    try {
      await finish(task.key, await work(task, signal), signal);
    } catch (error) {
      if (error instanceof HandedBack) await handBack(task.key);
      // A defect of ours: the claim stays, so that the next start counts it as an attempt.
      else
        log.error(
          { error: toError(error), task: task.key },
          "the task stays in the journal until the next start",
        );
    }
  };

  const handBack = async (key: string): Promise<void> => {
    await store.release(key).catch((error) => {
      log.error(
        { error: toError(error), task: key },
        "a task could not be handed back; the next start takes it up",
      );
    });
  };

  /** The result is kept in memory until the journal takes it, or the agent may wait no longer. */
  const finish = async (key: string, { publications }: Work, signal: AbortSignal): Promise<void> => {
    for (let attempt = 0; ; attempt++) {
      try {
        const kept = await store.finish(key, publications);
        if (!kept)
          log.warn(
            { task: key },
            "the task had been taken for lost and is worked elsewhere; this result is dropped",
          );
        problem = undefined;
        onDone();
        return;
      } catch (error) {
        problem = `results cannot be written: ${toError(error).message}`;
        const level = attempt === 0 ? "error" : "debug";
        log[level](
          { error: toError(error), task: key },
          "a result cannot be written to the journal; trying again",
        );
        await clock.sleep(backoffDelay(RETRY, attempt), signal);
        signal.throwIfAborted();
      }
    }
  };

  return {
    start(): void {
      started = true;
      pump.wake();
    },
    /** There may be something to do. */
    wake: pump.wake,
    running: () => running.size,
    problem: () => problem,
    /** Begins no more tasks, gives the running ones `graceMs`, and hands back what is left. */
    async drain(graceMs: number): Promise<{ handedBack: number }> {
      closing.abort();
      await claiming;
      const all = () => Promise.all([...running.values()].map(({ ended }) => ended));
      const graceOver = new AbortController();
      await Promise.race([all().then(() => graceOver.abort()), clock.sleep(graceMs, graceOver.signal)]);
      const left = [...running.values()];
      for (const { abort } of left) abort.abort(new HandedBack("the agent is shutting down"));
      await Promise.race([all(), clock.sleep(ABORT_GRACE_MS)]);
      return { handedBack: left.length };
    },
  };
}
