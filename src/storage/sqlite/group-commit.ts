import type { Database } from "bun:sqlite";
import { errorCode, toError } from "../../base/errors.ts";
import { StoreFull } from "../../runtime/ports/store.ts";

interface Pending {
  work(): void;
  settle(error: Error | undefined): void;
}

/**
 * Commits everything that was asked for in one turn of the event loop as one transaction: under load, one fsync
 * serves many tasks. A write is settled only when its transaction is.
 */
export function groupCommit(db: Database, durability: "full" | "normal") {
  let pending: Pending[] = [];
  let durable = false;
  let scheduled = false;
  let synchronous = "";
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const rollback = db.prepare("ROLLBACK");

  /** Writes that only tidy up may be lost with the power: redone, they do no harm. */
  const setSynchronous = (value: "FULL" | "NORMAL") => {
    if (value === synchronous) return;
    db.run(`PRAGMA synchronous = ${value}`);
    synchronous = value;
  };

  const flush = () => {
    scheduled = false;
    const batch = pending;
    const mode = durable && durability === "full" ? "FULL" : "NORMAL";
    pending = [];
    durable = false;
    if (batch.length === 0) return;
    let failure: Error | undefined;
    try {
      setSynchronous(mode);
      begin.run();
      for (const { work } of batch) work();
      commit.run();
    } catch (thrown) {
      if (db.inTransaction) rollback.run();
      failure = asStoreError(thrown);
    }
    for (const { settle } of batch) settle(failure);
  };

  return {
    /** `durable`: the write outlives a power loss once the promise resolves (with durability "full"). */
    write<T>(options: { durable: boolean }, work: () => T): Promise<T> {
      return new Promise((resolve, reject) => {
        let result: T;
        pending.push({
          work: () => {
            result = work();
          },
          settle: (error) => (error ? reject(error) : resolve(result)),
        });
        durable ||= options.durable;
        if (scheduled) return;
        scheduled = true;
        setImmediate(flush);
      });
    },
    flush,
    finalize() {
      for (const statement of [begin, commit, rollback]) statement.finalize();
    },
  };
}

const NO_ROOM = /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN|NOMEM)/;

/** SQLite's complaint about the disk as {@link StoreFull}; anything else as it is. */
export function asStoreError(thrown: unknown): Error {
  const error = toError(thrown);
  const code = errorCode(error) ?? "";
  return NO_ROOM.test(code)
    ? new StoreFull(`the journal cannot be written (${code}): ${error.message}`, { cause: error })
    : error;
}
