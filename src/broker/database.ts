import { Database, type SQLQueryBindings, type Statement } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError, errorCode, toError } from "../base/errors.ts";
import { type GroupCommit, groupCommit } from "./group-commit.ts";

export type Durability = "full" | "normal";

export type Prepare = <Row, Params extends SQLQueryBindings[] = SQLQueryBindings[]>(
  sql: string,
) => Statement<Row, Params>;

/** The broker's state: a database, and the one way to write to it. */
export interface BrokerDatabase {
  db: Database;
  /** A statement that lasts as long as the database; an open one would keep the file locked after `close`. */
  prepare: Prepare;
  commit: GroupCommit;
  /** Bytes on disk; 0 in memory. */
  bytes(): number;
  close(): void;
}

export interface DatabaseOptions {
  /** Folder of the state; undefined: in memory. */
  dir?: string | undefined;
  /** full: what was acknowledged outlives a power loss; normal: it outlives the process. */
  durability: Durability;
  now(): number;
  onRollback(error: unknown): void;
}

/** Writes that nobody waits for (acknowledgements: losing one means a second delivery) may wait this long. */
const IDLE_COMMIT_MS = 20;

const SCHEMA_VERSION = 1;
const SCHEMA = `
  CREATE TABLE retained (topic TEXT PRIMARY KEY, payload BLOB, qos INTEGER NOT NULL) WITHOUT ROWID;
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
  ) WITHOUT ROWID;
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** Opens the state and takes it for this process alone; throws an ExpectedError when that cannot be. */
export function openDatabase({ dir, durability, now, onRollback }: DatabaseOptions): BrokerDatabase {
  const file = dir === undefined ? ":memory:" : join(dir, "broker.sqlite");
  let db: Database | undefined;
  try {
    if (dir !== undefined) mkdirSync(dir, { recursive: true, mode: 0o700 });
    db = new Database(file, { create: true, strict: true });
    setUp(db, durability, now());
  } catch (error) {
    db?.close();
    throw explained(error, file);
  }
  const opened = db;
  const statements = new DisposableStack();
  const prepare: Prepare = <Row, Params extends SQLQueryBindings[]>(sql: string) =>
    statements.use(opened.prepare<Row, Params>(sql) as Statement<Row, Params>);
  const commit = groupCommit(opened, prepare, { idleMs: IDLE_COMMIT_MS, onRollback });
  return {
    db: opened,
    prepare,
    commit,
    bytes: () => (dir === undefined ? 0 : Bun.file(file).size + Bun.file(`${file}-wal`).size),
    close() {
      commit.close();
      statements.dispose();
      opened.close(true);
    },
  };
}

function setUp(db: Database, durability: Durability, now: number): void {
  // The lock is the operating system's: it goes with the process, however that ends.
  db.run("PRAGMA locking_mode = EXCLUSIVE");
  db.run("PRAGMA journal_mode = WAL");
  db.run(`PRAGMA synchronous = ${durability.toUpperCase()}`);
  const { user_version: version } = db.query<{ user_version: number }, []>("PRAGMA user_version").get()!;
  if (version > SCHEMA_VERSION) throw new NewerState();
  db.transaction(() => {
    if (version === 0) db.run(SCHEMA);
    // The time for which the broker itself was away is held against nobody.
    db.run("INSERT OR IGNORE INTO session SELECT DISTINCT client_id, 0 FROM subscription");
    db.run("UPDATE session SET seen_at = ?", [now]);
  }).immediate();
}

class NewerState extends Error {}

function explained(error: unknown, file: string): unknown {
  const code = errorCode(error);
  const cause = { where: file, cause: error };
  if (error instanceof NewerState) {
    return new ExpectedError("the broker's state was written by a newer version", {
      ...cause,
      hint: "Use the newer version, or another folder.",
    });
  }
  if (code === undefined) return error;
  if (code.startsWith("SQLITE_BUSY")) {
    return new ExpectedError("another broker uses this state folder", {
      ...cause,
      hint: "Stop that broker, or give this one a folder of its own.",
    });
  }
  if (code === "SQLITE_NOTADB" || code === "SQLITE_CORRUPT") {
    return new ExpectedError("the broker's state is damaged", {
      ...cause,
      hint: "Restore the file from a backup, or move it away to start with an empty state.",
    });
  }
  return new ExpectedError(`the broker's state cannot be opened: ${toError(error).message}`, {
    ...cause,
    hint: "Check that the folder exists, is writable and has room.",
  });
}
