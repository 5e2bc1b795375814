import type { SqliteFile } from "../../sqlite/open.ts";
import { DONE, RUNNING, WAITING } from "./schema.ts";

type Database = Pick<SqliteFile, "prepare">;

export interface TaskRecord {
  seq: number;
  key: string;
  payload: string;
  received_at: number;
  attempt: number;
}

export interface OutboxRecord {
  id: number;
  topic: string;
  payload: string;
  retain: number;
  expiry: number | null;
}

export type Statements = ReturnType<typeof statements>;

/** Everything that is asked of the journal. */
export function statements(db: Database) {
  return { ...taskStatements(db), ...outboxStatements(db), ...wholeStatements(db) };
}

const taskStatements = (db: Database) => ({
  lastTask: db.prepare<{ last: number }, []>("SELECT ifnull(max(seq), 0) AS last FROM task"),
  accept: db.prepare<never, [number, string, string, number, number, number]>(
    `INSERT INTO task (seq, key, payload, received_at, state, attempt) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (key) DO NOTHING`,
  ),
  acceptDone: db.prepare<never, [number, string, number, number]>(
    `INSERT INTO task (seq, key, received_at, state, attempt, done_at) VALUES (?, ?, ?, ${DONE}, 0, ?)
       ON CONFLICT (key) DO NOTHING`,
  ),
  claim: db.prepare<TaskRecord, [number]>(
    `UPDATE task SET state = ${RUNNING}, attempt = attempt + 1
       WHERE seq IN (SELECT seq FROM task WHERE state <> ${DONE} AND state = ${WAITING} ORDER BY seq LIMIT ?)
       RETURNING seq, key, payload, received_at, attempt`,
  ),
  finish: db.prepare<never, [number, number]>(
    `UPDATE task SET state = ${DONE}, payload = NULL, done_at = ? WHERE seq = ?`,
  ),
  withdraw: db.prepare<never, [string, number | null]>(
    `DELETE FROM task WHERE key = ?1 AND (state = ${WAITING} OR seq = ?2)`,
  ),
  release: db.prepare<never, [number]>(
    `UPDATE task SET state = ${WAITING}, attempt = attempt - 1 WHERE seq = ?`,
  ),
  releaseAll: db.prepare(
    `UPDATE task SET state = ${WAITING}, attempt = attempt - 1 WHERE state = ${RUNNING}`,
  ),
  pruneTasks: db.prepare<never, [number]>(
    // Oldest first, up to the first that came in later: no more rows are read than go.
    `DELETE FROM task WHERE state = ${DONE} AND done_at < ?1 AND seq < ifnull(
         (SELECT seq FROM task WHERE received_at >= ?1 ORDER BY seq LIMIT 1), 9e18)`,
  ),
});

const outboxStatements = (db: Database) => ({
  lastRow: db.prepare<{ last: number }, []>("SELECT ifnull(max(id), 0) AS last FROM outbox"),
  enqueue: db.prepare<never, [number, string, string, number, number | null, number]>(
    "INSERT INTO outbox (id, topic, payload, retain, expiry, created_at) VALUES (?, ?, ?, ?, ?, ?)",
  ),
  outboxIds: db.prepare<{ id: number }, [number, number]>(
    "SELECT id FROM outbox WHERE id <= ? ORDER BY id LIMIT ?",
  ),
  outboxRow: db.prepare<OutboxRecord, [number]>(
    "SELECT id, topic, payload, retain, expiry FROM outbox WHERE id = ?",
  ),
  sent: db.prepare<never, [number]>("DELETE FROM outbox WHERE id = ?"),
  bury: db.prepare<never, [string, number]>(
    `INSERT INTO buried (topic, payload, retain, expiry, created_at, reason)
       SELECT topic, payload, retain, expiry, created_at, ?1 FROM outbox WHERE id = ?2`,
  ),
  pruneBuried: db.prepare<never, [number]>("DELETE FROM buried WHERE created_at < ?"),
});

const wholeStatements = (db: Database) => ({
  stats: db.prepare<{ waiting: number; running: number; outbox: number; buried: number }, []>(
    `SELECT (SELECT count(*) FROM task WHERE state <> ${DONE} AND state = ${WAITING}) AS waiting,
              (SELECT count(*) FROM task WHERE state <> ${DONE} AND state = ${RUNNING}) AS running,
              (SELECT count(*) FROM outbox) AS outbox,
              (SELECT count(*) FROM buried) AS buried`,
  ),
});
