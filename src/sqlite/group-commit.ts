import type { Database } from "bun:sqlite";
import type { Disk } from "./disk.ts";
import type { Prepare } from "./statements.ts";
import { type TransactionOptions, transactions } from "./transaction.ts";

/**
 * One transaction for all that is written in one turn of the event loop, so that the price of a commit is shared by
 * everything that came in together. While the log is brought to the disk nothing is committed: it could not be durable
 * sooner, and is one transaction for the next sync.
 */
export interface GroupCommit {
  /**
   * Runs statements in the open transaction, and begins one when there is none. When they throw, all of that
   * transaction is rolled back, and this throws what `failed` made of it.
   */
  write<T>(statements: () => T): T;
  /** The same where nobody can be told: only `failed` is. */
  attempt(statements: () => void): void;
  /** Resolves when all that was written until now is committed, whenever that is; rejects when it was rolled back. */
  settled(): Promise<void>;
  /** The same, at the end of this turn. */
  committed(): Promise<void>;
  /** The same, and it outlives a power loss. Rejects also when the disk does not take it. */
  durable(): Promise<void>;
  /** Commits what is open at once. */
  flush(): void;
}

export interface GroupCommitOptions extends TransactionOptions {
  disk: Disk;
  /** ms after which writes are committed that nobody is in a hurry for. */
  idleMs: number;
}

export function groupCommit(
  db: Database,
  prepare: Prepare,
  { disk, idleMs, failed, onEnd }: GroupCommitOptions,
): GroupCommit {
  const transaction = transactions(db, prepare, { failed, onEnd: ended });
  const schedule = commitSchedule(idleMs, commit);
  const waits = waitsFor(transaction.outcome, schedule.hurry, disk);

  function ended(): void {
    schedule.cancel();
    waits.ended();
    onEnd();
  }

  function commit(): void {
    const syncing = disk.syncing();
    if (syncing) void syncing.then(() => setImmediate(commit));
    else flush();
  }

  function flush(): void {
    if (transaction.commit()) disk.written();
  }

  function write<T>(statements: () => T): T {
    try {
      if (!transaction.outcome()) {
        disk.check();
        transaction.begin();
        schedule.begin();
      }
      return statements();
    } catch (error) {
      throw transaction.rollback(error);
    }
  }

  function attempt(statements: () => void): void {
    try {
      write(statements);
    } catch {
      // `failed` was told
    }
  }

  const { settled, committed, durable } = waits;
  return { write, attempt, settled, committed, durable, flush };
}

function waitsFor(outcome: () => Promise<void> | undefined, hurry: () => void, disk: Disk) {
  /** Of the open transaction: all who wait have the same promise. */
  let synced: Promise<void> | undefined;
  return {
    ended(): void {
      synced = undefined;
    },
    settled: (): Promise<void> => outcome() ?? Promise.resolve(),
    committed(): Promise<void> {
      const open = outcome();
      if (open) hurry();
      return open ?? Promise.resolve();
    },
    durable(): Promise<void> {
      const open = outcome();
      if (!open) return disk.synced();
      hurry();
      synced ??= open.then(disk.synced);
      return synced;
    },
  };
}

/** When the open transaction is committed. */
function commitSchedule(idleMs: number, commit: () => void) {
  let idle: ReturnType<typeof setTimeout> | undefined;
  let hurried = false;

  function hurry(): void {
    if (hurried) return;
    hurried = true;
    setImmediate(commit);
  }

  return {
    begin(): void {
      idle = setTimeout(hurry, idleMs);
    },
    hurry,
    cancel(): void {
      clearTimeout(idle);
      hurried = false;
    },
  };
}
