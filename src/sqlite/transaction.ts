import type { Database } from "bun:sqlite";
import type { Prepare } from "./statements.ts";

export interface TransactionOptions {
  /** A transaction was rolled back, or could not be begun. Says what those who wait are told. */
  failed(thrown: unknown): Error;
  /** A transaction is over, committed or not. */
  onEnd(): void;
}

/** A database's transactions, one after another. */
export function transactions(db: Database, prepare: Prepare, { failed, onEnd }: TransactionOptions) {
  const begin = prepare("BEGIN IMMEDIATE");
  const commit = prepare("COMMIT");
  let open: PromiseWithResolvers<void> | undefined;

  function rollback(thrown: unknown): Error {
    const undone = open;
    open = undefined;
    // SQLite rolls back by itself on some errors (disk full, I/O): https://sqlite.org/lang_transaction.html §3.1
    if (db.inTransaction) db.run("ROLLBACK");
    onEnd();
    const error = failed(thrown);
    undone?.reject(error);
    return error;
  }

  return {
    /** Of the one that is open: resolves when it is committed, rejects when it was rolled back. */
    outcome: (): Promise<void> | undefined => open?.promise,
    begin(): void {
      begin.run();
      open = Promise.withResolvers();
      open.promise.catch(() => {}); // nobody may be waiting
    },
    /** False when nothing was open, or it was rolled back instead. */
    commit(): boolean {
      if (!open) return false;
      try {
        commit.run();
      } catch (error) {
        rollback(error);
        return false;
      }
      const committed = open;
      open = undefined;
      onEnd();
      committed.resolve();
      return true;
    },
    rollback,
  };
}
