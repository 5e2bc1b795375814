import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../log/logger.ts";
import { persist } from "../persist.ts";
import type { OutboxRow, Store } from "../ports/store.ts";
import type { Publication } from "../ports/transport.ts";

export interface ResultsOptions {
  store: Store;
  clock: Clock;
  log: Logger;
  /** Ends the waiting for a journal that takes nothing. */
  signal: AbortSignal;
}

const BACKOFF = { firstMs: 200, maxMs: 10_000 };

/** What tasks ended with, on its way into the journal: kept in memory until that takes it. */
export function createResults({ store, clock, log, signal }: ResultsOptions) {
  let problem: string | undefined;
  return {
    /** The task is done, and what is to be published is in the outbox. Rejects with the signal's reason. */
    async write(key: string, publications: Publication[]): Promise<OutboxRow[]> {
      const onFailure = (error: Error, failures: number) => {
        problem = `results cannot be written: ${error.message}`;
        const level = failures === 0 ? "error" : "debug";
        log[level]({ error, task: key }, "a result cannot be written to the journal; trying again");
      };
      const attempt = async () => ({ rows: await store.finish(key, publications) });
      const written = await persist(attempt, { clock, backoff: BACKOFF, signal, onFailure });
      if (!written) throw signal.reason;
      problem = undefined;
      if (written.rows) return written.rows;
      log.warn(
        { task: key },
        "the task had been taken for lost and is worked elsewhere; this result is dropped",
      );
      return [];
    },
    problem: () => problem,
  };
}
