import type { Database } from "bun:sqlite";
import { join } from "node:path";
import { toError } from "../base/errors.ts";
import { type Durability, openSqlite, type SqliteFile } from "../sqlite/open.ts";

export interface DatabaseOptions {
  /** Folder of the state; undefined: in memory. */
  dir?: string | undefined;
  durability: Durability;
  now(): number;
  /** Everything since the last commit is gone, or may not be on the disk. */
  onFailure(error: Error): void;
}

const VERSIONS = [
  `CREATE TABLE retained (topic TEXT PRIMARY KEY, payload BLOB, qos INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE session (client_id TEXT PRIMARY KEY, seen_at INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE subscription (
     client_id TEXT, topic TEXT, options TEXT NOT NULL, PRIMARY KEY (client_id, topic)
   ) WITHOUT ROWID;
   CREATE TABLE outgoing (
     seq INTEGER PRIMARY KEY, client_id TEXT NOT NULL, message_id INTEGER, cmd TEXT NOT NULL,
     topic TEXT, payload BLOB, qos INTEGER, retain INTEGER, broker_id TEXT, broker_counter INTEGER
   );
   CREATE INDEX outgoing_by_client ON outgoing (client_id, message_id);
   CREATE TABLE incoming (
     client_id TEXT, message_id INTEGER, topic TEXT, payload BLOB, qos INTEGER, retain INTEGER,
     PRIMARY KEY (client_id, message_id)
   ) WITHOUT ROWID;
   CREATE TABLE will (
     client_id TEXT PRIMARY KEY, broker_id TEXT, topic TEXT, payload BLOB, qos INTEGER, retain INTEGER
   ) WITHOUT ROWID;`,
];

const WORDS = {
  name: "the broker's state",
  inUse: "Is the broker running already? Stop it, or give this one a folder of its own.",
  elsewhere: "use another folder",
};

/** Opens the broker's state and takes it for this process alone; throws an ExpectedError when that cannot be. */
export function openDatabase({ dir, durability, now, onFailure }: DatabaseOptions): SqliteFile {
  return openSqlite({
    file: dir === undefined ? undefined : join(dir, "broker.sqlite"),
    durability,
    versions: VERSIONS,
    words: WORDS,
    setUp: (db) => resume(db, now()),
    failed(thrown) {
      const error = toError(thrown);
      onFailure(error);
      return error;
    },
  });
}

/** The time for which the broker itself was away is held against no session. */
function resume(db: Database, now: number): void {
  db.run("INSERT OR IGNORE INTO session SELECT DISTINCT client_id, 0 FROM subscription");
  db.run("UPDATE session SET seen_at = ?", [now]);
}
