import { errorCode } from "../base/errors.ts";
import type { LogSync } from "./wal-sync.ts";

/** Which commits are on the disk. */
export interface Disk {
  /** A transaction was committed. */
  written(): void;
  /** Resolves when every commit until now is on the disk. */
  synced(): Promise<void>;
  /** The sync that is under way, if one is; does not reject. */
  syncing(): Promise<void> | undefined;
  /** Throws what a sync failed with. */
  check(): void;
  close(): Promise<void>;
}

/** For commits that need not outlive a power loss: there is nothing to wait for. */
export const noDisk: Disk = {
  written() {},
  synced: () => Promise.resolve(),
  syncing: () => undefined,
  check() {},
  close: () => Promise.resolve(),
};

/**
 * Syncs a log when somebody waits for it, once at a time. `failed` is told of a failure, and says what to reject with.
 *
 * A failed sync is final: the system may have dropped what it could not write, and tells so only once. Another sync
 * would succeed, over a log with a hole (wiki.postgresql.org/wiki/Fsync_Errors). Opening the file again reads the log
 * up to there, so the remedy is a restart.
 */
export function syncedDisk(log: LogSync, failed: (error: Error) => Error): Disk {
  let behind = false;
  let running: Promise<void> | undefined;
  let failure: Error | undefined;

  const sync = async (): Promise<void> => {
    behind = false;
    try {
      await log.sync();
    } catch (error) {
      failure = failed(new SyncFailed(error));
      throw failure;
    } finally {
      running = undefined;
    }
  };

  const synced = (): Promise<void> => {
    if (failure) return Promise.reject(failure);
    if (!behind) return running ?? Promise.resolve();
    if (running) return running.then(synced);
    running = sync();
    return running;
  };

  return {
    written() {
      behind = true;
    },
    synced,
    syncing: () => running?.catch(() => {}),
    check() {
      if (failure) throw failure;
    },
    async close() {
      await synced().catch(() => {}); // `failed` was told
      await log.close();
    },
  };
}

/** With the `code` of what the system said (EIO, ENOSPC). */
class SyncFailed extends Error {
  override readonly name = "SyncFailed";
  readonly code: string | undefined;

  constructor(cause: unknown) {
    super("the disk did not take what was written; only a restart finds out what it has", { cause });
    this.code = errorCode(cause);
  }
}
