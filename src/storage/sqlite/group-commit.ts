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
 * its transaction is committed and, if it is to be durable, `sync` has brought it to the disk. That runs beside the
 * event loop; what is asked for meanwhile is one transaction once it is done, since it could not be durable sooner.
 */
export function groupCommit(db: Database, sync: (() => Promise<void>) | undefined) {
  let pending: Pending[] = [];
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
    const durable = sync ? batch.filter((write) => write.durable) : [];
    for (const write of batch) if (!sync || !write.durable) write.settle(undefined);
    if (sync && durable.length > 0) void settleSynced(sync(), durable);
  };

  const settleSynced = async (synced: Promise<void>, batch: Pending[]): Promise<void> => {
    syncing = true;
    const failure = await synced.then(() => undefined, asStoreError);
    syncing = false;
    for (const { settle } of batch) settle(failure);
    if (pending.length > 0) schedule();
  };

  const schedule = (): void => {
    if (scheduled || syncing) return;
    scheduled = true;
    setImmediate(flush);
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
        if (lazy) idle ??= setTimeout(schedule, LAZY_MS);
        else schedule();
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
