import type { Database } from "bun:sqlite";
import type { Prepare } from "./database.ts";

/**
 * One transaction for all that is written in one turn of the event loop, so that the price of a commit (an fsync)
 * is shared by everything that came in together.
 */
export interface GroupCommit {
  /** Runs statements in the open transaction, and begins one when there is none. Throws after a rollback. */
  write<T>(statements: () => T): T;
  /** The same where nobody can be told: a failure goes to `onRollback` only. */
  attempt(statements: () => void): void;
  /** Resolves when all that was written until now is durable; rejects when it was rolled back instead. */
  committed(): Promise<void>;
  /** Commits what is open. Nothing may be written after it. */
  close(): void;
}

export interface GroupCommitOptions {
  /** ms after which writes are committed that nobody waits for. */
  idleMs: number;
  /** Everything since the last commit is gone; called once for each rollback. */
  onRollback(error: unknown): void;
}

interface Open {
  durable: PromiseWithResolvers<void>;
  /** Somebody waits: commit at the end of this turn. */
  urgent: boolean;
  timer: ReturnType<typeof setTimeout>;
}

export function groupCommit(
  db: Database,
  prepare: Prepare,
  { idleMs, onRollback }: GroupCommitOptions,
): GroupCommit {
  const begin = prepare("BEGIN IMMEDIATE");
  const end = prepare("COMMIT");
  let open: Open | undefined;

  function transaction(): Open {
    if (open) return open;
    begin.run();
    const durable = Promise.withResolvers<void>();
    durable.promise.catch(() => {}); // whoever waits has a promise of the same outcome
    open = { durable, urgent: false, timer: setTimeout(commit, idleMs) };
    return open;
  }

  function commit(): void {
    if (!open) return;
    const { durable, timer } = open;
    clearTimeout(timer);
    try {
      end.run();
    } catch (error) {
      rollback(error);
      return;
    }
    open = undefined;
    durable.resolve();
  }

  function rollback(error: unknown): void {
    const undone = open;
    open = undefined;
    if (undone) clearTimeout(undone.timer);
    // SQLite rolls back by itself on some errors (disk full, I/O): https://sqlite.org/lang_transaction.html §3.1
    if (db.inTransaction) db.run("ROLLBACK");
    undone?.durable.reject(error);
    onRollback(error);
  }

  function write<T>(statements: () => T): T {
    try {
      transaction();
      return statements();
    } catch (error) {
      rollback(error);
      throw error;
    }
  }

  function attempt(statements: () => void): void {
    try {
      write(statements);
    } catch {
      // onRollback was told
    }
  }

  function committed(): Promise<void> {
    if (!open) return Promise.resolve();
    if (!open.urgent) {
      open.urgent = true;
      setImmediate(commit);
    }
    return open.durable.promise;
  }

  return { write, attempt, committed, close: commit };
}
