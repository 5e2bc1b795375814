import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../log/logger.ts";
import { persist } from "../persist.ts";
import type { JournalTask, Store } from "../ports/store.ts";
import { createPump } from "./pump.ts";

export interface ClaimingOptions {
  store: Store;
  clock: Clock;
  log: Logger;
  /** No more tasks are to be claimed. */
  signal: AbortSignal;
  /** How many tasks can be begun now. */
  room(): number;
  begin(task: JournalTask): void;
  handBack(task: JournalTask): Promise<void>;
}

const BACKOFF = { firstMs: 200, maxMs: 10_000 };

/** Claims waiting tasks from the journal, as many as can be begun. */
export function createClaiming({ store, clock, log, signal, room, begin, handBack }: ClaimingOptions) {
  let problem: string | undefined;
  let claiming: Promise<unknown> = Promise.resolve();

  const onFailure = (error: Error) => {
    problem = `tasks cannot be claimed: ${error.message}`;
    log.error({ error }, "tasks cannot be claimed from the journal; trying again");
  };

  const claim = async (limit: number): Promise<number> => {
    const attempt = () => store.claim(limit);
    const retrying = { clock, backoff: BACKOFF, signal, onFailure };
    const tasks = (await persist(attempt, retrying)) ?? [];
    if (signal.aborted) await Promise.all(tasks.map(handBack));
    else for (const task of tasks) begin(task);
    problem = undefined;
    return tasks.length;
  };

  const { wake, freed, isDry } = createPump({ room, take: (limit) => (claiming = claim(limit)) });
  return {
    wake,
    freed,
    /** No task waits in the journal, as far as is known. */
    isDry,
    problem: () => problem,
    /** Resolves when what was being claimed has been begun, or handed back. */
    settled: () => claiming,
  };
}
