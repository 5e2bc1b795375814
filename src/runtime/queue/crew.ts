import type { Clock } from "../../base/clock.ts";
import { toError } from "../../base/errors.ts";
import type { Logger } from "../../log/logger.ts";
import type { OutboxRow, Store } from "../ports/store.ts";
import type { Work } from "../task/job.ts";
import type { TaskToWork } from "../task/work.ts";
import type { HandBack } from "./hand-back.ts";
import { createResults } from "./results.ts";

export interface CrewOptions {
  store: Store;
  clock: Clock;
  log: Logger;
  /** Rejects only when `abort` was used to hand the task back. */
  work(task: TaskToWork, abort: AbortController): Promise<Work>;
  /** The task is done; its results are in the outbox, and taken. */
  onDone(results: OutboxRow[]): void;
}

/** Tasks that were told to stop get this long to do so, in ms. */
const ABORT_GRACE_MS = 1_000;

class HandedBack extends Error {
  constructor(readonly whither: Promise<HandBack>) {
    super("the agent is shutting down");
  }
}

/** Those who work: each a task, until its result is in the journal. */
export function createCrew(options: CrewOptions, onFreed: () => void) {
  const { store, clock, log } = options;
  const running = new Map<string, { task: TaskToWork; abort: AbortController; ended: Promise<void> }>();
  const graceOver = new AbortController();
  const results = createResults({ store, clock, log, signal: graceOver.signal });
  let busy = 0;

  const work = async (task: TaskToWork, abort: AbortController): Promise<Work> => {
    busy += 1;
    try {
      return await options.work(task, abort);
    } finally {
      busy -= 1;
      onFreed();
    }
  };

  const run = async (task: TaskToWork, abort: AbortController): Promise<void> => {
    try {
      const { publications } = await work(task, abort);
      options.onDone(await results.write(task.key, publications));
    } catch (error) {
      if (error instanceof HandedBack) await (await error.whither).one(task);
      // A defect of ours: the claim stays, so that the next start counts it as an attempt.
      else
        log.error(
          { error: toError(error), task: task.key },
          "the task stays in the journal until the next start",
        );
    }
    running.delete(task.key);
  };

  const ended = (ms: number) =>
    allEnded(
      [...running.values()].map((one) => one.ended),
      ms,
      clock,
    );

  return {
    begin(task: TaskToWork): void {
      const abort = new AbortController();
      running.set(task.key, { task, abort, ended: run(task, abort) });
    },
    /** How many tasks are being worked; those whose results are on their way into the journal no longer are. */
    busy: () => busy,
    /** Why results are not written, if so. */
    problem: results.problem,
    /** Gives what is running `graceMs`, and hands back what is left; how many those were. */
    async drain(graceMs: number, whither: Promise<HandBack>): Promise<number> {
      await ended(graceMs);
      const left = [...running.values()];
      const reason = new HandedBack(whither);
      graceOver.abort(reason);
      for (const { abort } of left) abort.abort(reason);
      await ended(ABORT_GRACE_MS);
      // Whoever works on all the same does so for nothing: what comes of it finds no claim.
      const deaf = [...running.values()];
      const { one } = await whither;
      await Promise.all(deaf.map(({ task }) => one(task)));
      return left.length;
    },
  };
}

async function allEnded(tasks: Promise<void>[], ms: number, clock: Clock): Promise<void> {
  const done = new AbortController();
  const all = Promise.all(tasks).then(() => done.abort());
  await Promise.race([all, clock.sleep(ms, done.signal)]);
}
