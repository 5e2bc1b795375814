import type { Database } from "bun:sqlite";
import { errorCode, toError } from "../../base/errors.ts";
import { StoreFull } from "../../runtime/ports/store.ts";

interface Pending {
  durable: boolean;
  work(): void;
  settle(error: Error | undefined): void;
}

export interface WriteOptions {
  /** Once the promise resolves, the write outlives a power loss. */
  durable: boolean;
  /** Nobody is in a hurry: it goes with the next write, or after a moment. */
  lazy?: boolean;
}

const LAZY_MS = 20;

/**
 * Commits everything that was asked for in one turn of the event loop as one transaction. A write is settled only when
 * its transaction is committed and, if it is to be durable, `sync` has brought it to the disk: that runs beside the
 * event loop, and one run serves all that was committed before it began.
 */
export function groupCommit(db: Database, sync: (() => Promise<void>) | undefined) {
  let pending: Pending[] = [];
  let unsynced: Pending[] = [];
  let syncing = false;
  let scheduled = false;
  let idle: ReturnType<typeof setTimeout> | undefined;
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const rollback = db.prepare("ROLLBACK");

  const flush = (): void => {
    scheduled = false;
    clearTimeout(idle);
    idle = undefined;
    const batch = pending;
    pending = [];
    if (batch.length === 0) return;
    try {
      begin.run();
      for (const { work } of batch) work();
      commit.run();
    } catch (thrown) {
      if (db.inTransaction) rollback.run();
      const failure = asStoreError(thrown);
      for (const { settle } of batch) settle(failure);
      return;
    }
    for (const write of batch) {
      if (write.durable && sync) unsynced.push(write);
      else write.settle(undefined);
    }
    if (!syncing) void syncAll();
  };

  const syncAll = async (): Promise<void> => {
    syncing = true;
    while (sync && unsynced.length > 0) {
      const batch = unsynced;
      unsynced = [];
      const failure = await sync().then(() => undefined, asStoreError);
      for (const { settle } of batch) settle(failure);
    }
    syncing = false;
  };

  return {
    write<T>({ durable, lazy = false }: WriteOptions, work: () => T): Promise<T> {
      return new Promise((resolve, reject) => {
        let result: T;
        pending.push({
          durable,
          work: () => {
            result = work();
          },
          settle: (error) => (error ? reject(error) : resolve(result)),
        });
        if (scheduled) return;
        if (lazy) {
          idle ??= setTimeout(flush, LAZY_MS);
          return;
        }
        scheduled = true;
        setImmediate(flush);
      });
    },
    finalize() {
      for (const statement of [begin, commit, rollback]) statement.finalize();
    },
  };
}

const NO_ROOM = /^(SQLITE_(FULL|IOERR|READONLY|CANTOPEN|NOMEM)|ENOSPC|EDQUOT|EIO|EROFS)/;

/** SQLite's or the system's complaint about the disk as {@link StoreFull}; anything else as it is. */
export function asStoreError(thrown: unknown): Error {
  const error = toError(thrown);
  const code = errorCode(error) ?? "";
  return NO_ROOM.test(code)
    ? new StoreFull(`the journal cannot be written (${code}): ${error.message}`, { cause: error })
    : error;
}
