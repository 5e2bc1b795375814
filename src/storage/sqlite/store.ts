import { Database } from "bun:sqlite";
import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { type Clock, systemClock } from "../../base/clock.ts";
import { ExpectedError, errorCode } from "../../base/errors.ts";
import type { JournalTask, NewTask, OutboxRow, Store } from "../../runtime/ports/store.ts";
import type { Publication } from "../../runtime/ports/transport.ts";
import { asStoreError, groupCommit } from "./group-commit.ts";
import { migrate, NewerSchema } from "./schema.ts";
import { walSync } from "./wal-sync.ts";

export interface SqliteStoreOptions {
  /** File of the journal; its folder is made when missing, readable by this user only. */
  file: string;
  durability?: "full" | "normal";
  /** The journal refuses to grow beyond this. */
  maxBytes?: number;
  clock?: Clock;
}

const WAITING = 0;
const RUNNING = 1;
const DONE = 2;

interface OutboxRecord {
  id: number;
  topic: string;
  payload: string;
  retain: number;
  expiry: number | null;
}

/**
 * The journal in one SQLite file (WAL), owned by one process: what an earlier process left running is waiting again
 * when this resolves. Throws an ExpectedError when another process holds it or it cannot be opened.
 */
export function openSqliteStore({
  file,
  durability = "full",
  maxBytes,
  clock = systemClock,
}: SqliteStoreOptions): Store {
  const db = openDatabase(file, maxBytes);
  const log = durability === "full" ? walSync(file) : undefined;
  const { write, finalize } = groupCommit(db, log?.sync);
  const sql = statements(db);
  /** Outbox rows up to this id were taken, but for those that were put back. */
  let takenUpTo = 0;
  const returned = new Set<number>();

  const enqueue = (publications: Publication[]) => {
    for (const { topic, payload, retain, expirySeconds } of publications) {
      sql.enqueue.run(topic, payload, retain ? 1 : 0, expirySeconds ?? null, clock.now());
    }
  };

  return {
    accept: (task) =>
      write({ durable: true }, () => {
        const { changes } = insertTask(sql, task, clock.now());
        if (changes === 0) return "duplicate";
        if (task.done) enqueue(task.done);
        return "new";
      }),

    claim: (limit) =>
      write({ durable: false }, () =>
        sql.claim
          .all(limit)
          .sort((a, b) => a.seq - b.seq)
          .map(toTask),
      ),

    finish: (key, publications) =>
      write({ durable: true }, () => {
        if (sql.finish.run(clock.now(), key).changes === 0) return false;
        enqueue(publications);
        return true;
      }),

    release: (key) =>
      write({ durable: false }, () => {
        sql.release.run(key);
      }),

    post: (publications) => write({ durable: true }, () => enqueue(publications)),

    async takeOutbox(limit) {
      const again = [...returned].slice(0, limit);
      for (const id of again) returned.delete(id);
      const rows = again.flatMap((id) => sql.outboxRow.all(id));
      const fresh = sql.outboxAfter.all(takenUpTo, limit - rows.length);
      takenUpTo = fresh.at(-1)?.id ?? takenUpTo;
      return [...rows, ...fresh].map(toOutboxRow);
    },

    sent: (id) =>
      write({ durable: false, lazy: true }, () => {
        sql.sent.run(id);
      }),

    async putBack(id) {
      returned.add(id);
    },

    bury: (id, reason) =>
      write({ durable: false }, () => {
        sql.bury.run(reason, id);
      }),

    async stats() {
      return { ...sql.stats.get()!, bytes: sql.bytes.get()!.bytes };
    },

    prune: (before) =>
      write(
        { durable: false },
        () => sql.pruneTasks.run(before).changes + sql.pruneBuried.run(before).changes,
      ),

    async close() {
      try {
        await write({ durable: true }, () => {
          sql.releaseAll.run();
        });
        db.run("PRAGMA wal_checkpoint(TRUNCATE)");
      } catch (error) {
        // Nothing is lost by it: the next start takes up what is running, and reads the log.
        throw asStoreError(error);
      } finally {
        await log?.close();
        // An open statement would keep the file locked until the garbage collector finds it.
        for (const statement of Object.values(sql)) statement.finalize();
        finalize();
        db.close(true);
      }
    },
  };
}

function openDatabase(file: string, maxBytes: number | undefined): Database {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const db = new Database(file, { create: true, strict: true });
    chmodSync(file, 0o600);
    db.run("PRAGMA locking_mode = EXCLUSIVE");
    db.run("PRAGMA journal_mode = WAL");
    db.run("PRAGMA synchronous = NORMAL");
    db.run("PRAGMA journal_size_limit = 16777216");
    // Checkpoints stop the world for some ms: rarely, since most of what they write was written over by then.
    db.run("PRAGMA wal_autocheckpoint = 4096");
    db.run("PRAGMA cache_size = -1024");
    if (maxBytes !== undefined) db.run(`PRAGMA max_page_count = ${Math.ceil(maxBytes / 4096)}`);
    migrate(db);
    // Attempts stay counted: these tasks were being worked when a process died.
    db.run(`UPDATE task SET state = ${WAITING} WHERE state <> ${DONE} AND state = ${RUNNING}`);
    return db;
  } catch (error) {
    throw explain(error, file);
  }
}

const EXPLANATIONS: Record<string, [what: string, hint: string]> = {
  SQLITE_BUSY: [
    "the journal is in use by another process",
    "Is this agent running already? Stop it, or give this one its own folder with [storage] dir.",
  ],
  SQLITE_NOTADB: ["the journal is not a database", "Move the file away: it was not written by this program."],
  SQLITE_CORRUPT: [
    "the journal is damaged",
    "Move the file away, and keep it: tasks in it may be recovered with the sqlite3 tool.",
  ],
  SQLITE_FULL: [
    "there is no room for the journal",
    "Free space on this disk, or choose another folder with [storage] dir.",
  ],
};

function explain(error: unknown, file: string): Error {
  if (error instanceof NewerSchema) {
    return new ExpectedError(`the journal was written by a newer agent2389 (${error.message})`, {
      where: file,
      hint: "Run the newer program, or give this one its own folder with [storage] dir.",
    });
  }
  const code = errorCode(error) ?? "";
  const known = Object.entries(EXPLANATIONS).find(([prefix]) => code.startsWith(prefix))?.[1];
  const [what, hint] = known ?? [
    `the journal cannot be opened (${code || (error as Error).message})`,
    "Check that its folder exists and this user may write to it, or choose another with [storage] dir.",
  ];
  return new ExpectedError(what, { where: file, hint, cause: error });
}

type TaskRecord = { seq: number; key: string; payload: string; received_at: number; attempt: number };

function statements(db: Database) {
  return {
    accept: db.prepare<never, [string, string, number]>(
      `INSERT INTO task (key, payload, received_at, state) VALUES (?, ?, ?, ${WAITING}) ON CONFLICT (key) DO NOTHING`,
    ),
    acceptDone: db.prepare<never, [string, number, number]>(
      `INSERT INTO task (key, received_at, state, done_at) VALUES (?, ?, ${DONE}, ?) ON CONFLICT (key) DO NOTHING`,
    ),
    claim: db.prepare<TaskRecord, [number]>(
      `UPDATE task SET state = ${RUNNING}, attempt = attempt + 1
       WHERE seq IN (SELECT seq FROM task WHERE state <> ${DONE} AND state = ${WAITING} ORDER BY seq LIMIT ?)
       RETURNING seq, key, payload, received_at, attempt`,
    ),
    finish: db.prepare<never, [number, string]>(
      `UPDATE task SET state = ${DONE}, payload = NULL, done_at = ? WHERE key = ? AND state = ${RUNNING}`,
    ),
    release: db.prepare<never, [string]>(
      `UPDATE task SET state = ${WAITING}, attempt = attempt - 1 WHERE key = ? AND state = ${RUNNING}`,
    ),
    releaseAll: db.prepare(
      `UPDATE task SET state = ${WAITING}, attempt = attempt - 1 WHERE state = ${RUNNING}`,
    ),
    enqueue: db.prepare<never, [string, string, number, number | null, number]>(
      "INSERT INTO outbox (topic, payload, retain, expiry, created_at) VALUES (?, ?, ?, ?, ?)",
    ),
    outboxAfter: db.prepare<OutboxRecord, [number, number]>(
      "SELECT id, topic, payload, retain, expiry FROM outbox WHERE id > ? AND buried IS NULL ORDER BY id LIMIT ?",
    ),
    outboxRow: db.prepare<OutboxRecord, [number]>(
      "SELECT id, topic, payload, retain, expiry FROM outbox WHERE id = ? AND buried IS NULL",
    ),
    sent: db.prepare<never, [number]>("DELETE FROM outbox WHERE id = ?"),
    bury: db.prepare<never, [string, number]>("UPDATE outbox SET buried = ? WHERE id = ?"),
    stats: db.prepare<{ waiting: number; running: number; outbox: number; buried: number }, []>(
      `SELECT (SELECT count(*) FROM task WHERE state <> ${DONE} AND state = ${WAITING}) AS waiting,
              (SELECT count(*) FROM task WHERE state <> ${DONE} AND state = ${RUNNING}) AS running,
              (SELECT count(*) FROM outbox WHERE buried IS NULL) AS outbox,
              (SELECT count(*) FROM outbox WHERE buried IS NOT NULL) AS buried`,
    ),
    bytes: db.prepare<{ bytes: number }, []>(
      "SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()",
    ),
    pruneTasks: db.prepare<never, [number]>(
      // Oldest first, up to the first that came in later: no more rows are read than go.
      `DELETE FROM task WHERE state = ${DONE} AND done_at < ?1 AND seq < ifnull(
         (SELECT seq FROM task WHERE received_at >= ?1 ORDER BY seq LIMIT 1), 9e18)`,
    ),
    pruneBuried: db.prepare<never, [number]>(
      "DELETE FROM outbox WHERE buried IS NOT NULL AND created_at < ?",
    ),
  };
}

function insertTask(sql: ReturnType<typeof statements>, task: NewTask, now: number) {
  return task.done
    ? sql.acceptDone.run(task.key, task.receivedAt, now)
    : sql.accept.run(task.key, task.payload, task.receivedAt);
}

const toTask = ({ key, payload, received_at, attempt }: TaskRecord): JournalTask => ({
  key,
  payload,
  receivedAt: received_at,
  attempt,
});

const toOutboxRow = ({ id, topic, payload, retain, expiry }: OutboxRecord): OutboxRow => ({
  id,
  publication: {
    topic,
    payload,
    qos: 1,
    retain: retain === 1,
    ...(expiry !== null && { expirySeconds: expiry }),
  },
});
