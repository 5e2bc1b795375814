import { type Clock, systemClock } from "../../base/clock.ts";
import type { Store } from "../../runtime/ports/store.ts";
import type { Durability, SqliteFile } from "../../sqlite/open.ts";
import { writer } from "./desk.ts";
import { openJournal } from "./journal.ts";
import { type JournalOutbox, journalOutbox } from "./outbox.ts";
import { statements } from "./statements.ts";
import { asStoreError } from "./store-error.ts";
import { journalTasks } from "./tasks.ts";

export interface SqliteStoreOptions {
  /** File of the journal; its folder is made when missing, readable by this user only. */
  file: string;
  durability?: Durability;
  clock?: Clock;
}

/**
 * The journal in one SQLite file (WAL), owned by one process: what an earlier process left running is waiting again
 * when this resolves. Throws an ExpectedError when another process holds it or it cannot be opened.
 */
export function openSqliteStore({
  file,
  durability = "full",
  clock = systemClock,
}: SqliteStoreOptions): Store {
  return journalStore((onEnd) => openJournal({ file, durability, onEnd }), clock);
}

/** The store in a journal; `onEnd` is to be called at the end of each transaction. */
export function journalStore(open: (onEnd: () => void) => SqliteFile, clock: Clock): Store {
  const journal = open(() => outbox.settle());
  const sql = statements(journal);
  const write = writer(journal);
  const desk = { sql, write, now: () => clock.now() };
  const outbox: JournalOutbox = journalOutbox(desk);
  const { takeOutbox, sent, putBack, bury } = outbox;
  return {
    ...journalTasks(desk, outbox),
    takeOutbox,
    sent,
    putBack,
    bury,
    async stats() {
      return { ...sql.stats.get()!, bytes: journal.bytes() };
    },
    prune: (before) =>
      write(
        { durable: false },
        () => sql.pruneTasks.run(before).changes + sql.pruneBuried.run(before).changes,
      ),
    async close() {
      try {
        await write({ durable: true }, () => sql.releaseAll.run());
        journal.db.run("PRAGMA wal_checkpoint(TRUNCATE)");
      } catch (error) {
        // Nothing is lost by it: the next start takes up what is running, and reads the log.
        throw asStoreError(error);
      } finally {
        await journal.close();
      }
    },
  };
}
