import type { Database } from "bun:sqlite";

/**
 * Versions of the journal's schema; `PRAGMA user_version` counts those that were applied. A version that was
 * released is never changed: add the next one.
 */
const MIGRATIONS = [
  `CREATE TABLE task (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     key TEXT NOT NULL UNIQUE,
     payload TEXT,                          -- null once done: only the key is remembered
     received_at INTEGER NOT NULL,
     state INTEGER NOT NULL,                -- 0 waiting, 1 running, 2 done
     attempt INTEGER NOT NULL DEFAULT 0,
     done_at INTEGER
   ) STRICT;
   -- The only index on what changes. A query uses it only if it repeats its condition word for word.
   CREATE INDEX task_open ON task (seq) WHERE state <> 2;
   CREATE TABLE outbox (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     topic TEXT NOT NULL,
     payload TEXT NOT NULL,
     retain INTEGER NOT NULL,
     expiry INTEGER,
     created_at INTEGER NOT NULL,
     buried TEXT                            -- why it will never be delivered
   ) STRICT;`,
];

/** Brings the schema up to date; a journal of a newer program is refused. */
export function migrate(db: Database): void {
  const applied = versionOf(db);
  if (applied > MIGRATIONS.length)
    throw new NewerSchema(`schema version ${applied}, known: ${MIGRATIONS.length}`);
  for (const [i, sql] of MIGRATIONS.entries()) {
    if (i < applied) continue;
    db.transaction(() => {
      db.run(sql);
      db.run(`PRAGMA user_version = ${i + 1}`);
    })();
  }
}

function versionOf(db: Database): number {
  const statement = db.prepare<{ user_version: number }, []>("PRAGMA user_version");
  const { user_version } = statement.get()!;
  statement.finalize();
  return user_version;
}

export class NewerSchema extends Error {
  override readonly name = "NewerSchema";
}
