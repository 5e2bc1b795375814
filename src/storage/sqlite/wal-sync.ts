import { close, constants, fdatasync, openSync } from "node:fs";
import { promisify } from "node:util";

/**
 * Brings a database's write-ahead log to the disk. With `synchronous = NORMAL` SQLite commits without waiting for the
 * disk; syncing the log afterwards gives what `FULL` gives (a commit that outlives a power loss; sqlite.org/wal.html),
 * but in a thread of its own instead of the event loop's.
 *
 * The log is not a file that SQLite locks (those are the database and its shared memory), so opening and closing it a
 * second time does not disturb its POSIX locks.
 */
export function walSync(databaseFile: string) {
  const fd = openSync(`${databaseFile}-wal`, constants.O_RDWR | constants.O_CREAT, 0o600);
  const sync = promisify(fdatasync);
  return {
    sync: () => sync(fd),
    close: () => promisify(close)(fd),
  };
}
