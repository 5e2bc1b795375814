import { Database } from "bun:sqlite";
import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { type Disk, noDisk, syncedDisk } from "./disk.ts";
import { explain, type Words } from "./explain.ts";
import { type GroupCommit, groupCommit } from "./group-commit.ts";
import { migrate, type Versions } from "./schema.ts";
import { type Prepare, preparedStatements } from "./statements.ts";
import { walSync } from "./wal-sync.ts";

export interface SqliteOptions {
  /** Its folder is made when missing; both are for this user only. Undefined: in memory. */
  file: string | undefined;
  /** full: what is durable outlives a power loss; normal: it outlives the process. */
  durability: Durability;
  versions: Versions;
  words: Words;
  /** Runs in the transaction that brings the schema up to date, at every opening. */
  setUp(db: Database): void;
  /** A transaction was rolled back, or the disk did not take one. Says what those who wait are told. */
  failed(thrown: unknown): Error;
  /** A transaction is over, committed or not. */
  onEnd?(): void;
}

export type Durability = "full" | "normal";

/** A database, and the one way to write to it. */
export interface SqliteFile {
  db: Database;
  prepare: Prepare;
  commit: GroupCommit;
  /** Bytes on disk; 0 in memory. */
  bytes(): number;
  /** Commits what is open, and lets the file go. Nothing may be written after it; once more does nothing. */
  close(): Promise<void>;
}

/** Writes that nobody is in a hurry for may wait this long. */
const IDLE_COMMIT_MS = 20;

/** Opens a database and takes it for this process alone; throws an ExpectedError when that cannot be. */
export function openSqlite(options: SqliteOptions): SqliteFile {
  const { file, failed, onEnd = () => {} } = options;
  const { db, disk } = take(options);
  const statements = preparedStatements(db);
  const { prepare } = statements;
  const commit = groupCommit(db, prepare, { disk, idleMs: IDLE_COMMIT_MS, failed, onEnd });
  let closed: Promise<void> | undefined;
  return {
    db,
    prepare,
    commit,
    bytes: () => (file === undefined ? 0 : Bun.file(file).size + Bun.file(`${file}-wal`).size),
    close() {
      closed ??= close(db, statements, commit, disk);
      return closed;
    },
  };
}

function take(options: SqliteOptions): { db: Database; disk: Disk } {
  const { file, durability, words, failed } = options;
  let db: Database | undefined;
  try {
    if (file !== undefined) mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    db = new Database(file ?? ":memory:", { create: true, strict: true });
    if (file !== undefined) chmodSync(file, 0o600);
    configure(db);
    begin(db, options);
    const disk = file !== undefined && durability === "full" ? syncedDisk(walSync(file), failed) : noDisk;
    return { db, disk };
  } catch (error) {
    db?.close();
    throw explain(error, file ?? "memory", words);
  }
}

function configure(db: Database): void {
  // The lock is the operating system's: it goes with the process, however that ends.
  db.run("PRAGMA locking_mode = EXCLUSIVE");
  db.run("PRAGMA journal_mode = WAL");
  db.run("PRAGMA synchronous = NORMAL"); // `disk.ts` does what FULL would do beyond it
  db.run("PRAGMA journal_size_limit = 16777216");
  // Checkpoints stop the world for some ms: rarely, since most of what they write was written over by then.
  db.run("PRAGMA wal_autocheckpoint = 4096");
  db.run("PRAGMA cache_size = -1024");
}

/** A transaction that writes, so that another process is met here and not later. */
function begin(db: Database, { versions, setUp }: SqliteOptions): void {
  db.transaction(() => {
    migrate(db, versions);
    setUp(db);
  }).immediate();
}

async function close(db: Database, statements: Disposable, commit: GroupCommit, disk: Disk): Promise<void> {
  await commit.durable().catch(() => {}); // `failed` was told
  commit.flush(); // what came meanwhile
  statements[Symbol.dispose]();
  db.close(true);
  await disk.close();
}
