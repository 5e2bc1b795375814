import { close, constants, fdatasync, fsync, open, openSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";

/** A log that is written here and brought to the disk there. */
export interface LogSync {
  /** Resolves when all that was written to the log before the call is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Brings a database's write-ahead log to the disk. With `synchronous = NORMAL` SQLite commits without waiting for the
 * disk; syncing the log afterwards gives what `FULL` gives (a commit that outlives a power loss; sqlite.org/wal.html),
 * but in a thread of its own instead of the event loop's.
 *
 * The log is not a file that SQLite locks (those are the database and its shared memory), so opening and closing it a
 * second time does not disturb its POSIX locks.
 */
export function walSync(databaseFile: string): LogSync {
  const fd = openSync(`${databaseFile}-wal`, constants.O_RDWR | constants.O_CREAT, 0o600);
  const syncLog = promisify(fdatasync);
  let entered: Promise<void> | undefined;
  return {
    async sync() {
      await syncLog(fd);
      // As SQLite does on the first sync of a log: that there is such a file must outlive a power loss, too.
      entered ??= syncFolder(dirname(databaseFile));
      await entered;
    },
    close: () => promisify(close)(fd),
  };
}

async function syncFolder(path: string): Promise<void> {
  const fd = await promisify(open)(path, constants.O_RDONLY);
  try {
    await promisify(fsync)(fd);
  } finally {
    await promisify(close)(fd);
  }
}
