import { type Durability, openSqlite, type SqliteFile } from "../../sqlite/open.ts";
import { DONE, RUNNING, VERSIONS, WAITING } from "./schema.ts";
import { asStoreError } from "./store-error.ts";

const WORDS = {
  name: "the journal",
  inUse: "Is this agent running already? Stop it, or give this one its own folder with [storage] dir.",
  elsewhere: "give this one its own folder with [storage] dir",
};

export interface JournalOptions {
  file: string;
  durability: Durability;
  /** A transaction is over, committed or not. */
  onEnd(): void;
}

/** Opens the journal's file and takes it for this process; what an earlier one left running is waiting again. */
export function openJournal({ file, durability, onEnd }: JournalOptions): SqliteFile {
  return openSqlite({
    file,
    durability,
    versions: VERSIONS,
    words: WORDS,
    // Attempts stay counted: these tasks were being worked when a process died.
    setUp: (db) => db.run(`UPDATE task SET state = ${WAITING} WHERE state <> ${DONE} AND state = ${RUNNING}`),
    failed: asStoreError,
    onEnd,
  });
}
