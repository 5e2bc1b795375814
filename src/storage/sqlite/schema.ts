/** States of a task. */
export const WAITING = 0;
export const RUNNING = 1;
export const DONE = 2;

/** The journal's schema: see `Versions`. */
export const VERSIONS = [
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
  // The program numbers the rows itself, and what is buried stands apart from what is to be sent.
  `CREATE TABLE task_2 (
     seq INTEGER PRIMARY KEY,
     key TEXT NOT NULL UNIQUE,
     payload TEXT,                          -- null once done: only the key is remembered
     received_at INTEGER NOT NULL,
     state INTEGER NOT NULL,                -- 0 waiting, 1 running, 2 done
     attempt INTEGER NOT NULL,
     done_at INTEGER
   ) STRICT;
   INSERT INTO task_2 SELECT seq, key, payload, received_at, state, attempt, done_at FROM task;
   DROP TABLE task;
   ALTER TABLE task_2 RENAME TO task;
   -- The only index on what changes. A query uses it only if it repeats its condition word for word.
   CREATE INDEX task_open ON task (seq) WHERE state <> 2;
   CREATE TABLE buried (
     topic TEXT NOT NULL,
     payload TEXT NOT NULL,
     retain INTEGER NOT NULL,
     expiry INTEGER,
     created_at INTEGER NOT NULL,
     reason TEXT NOT NULL                   -- why it will never be delivered
   ) STRICT;
   INSERT INTO buried SELECT topic, payload, retain, expiry, created_at, buried FROM outbox WHERE buried IS NOT NULL;
   CREATE TABLE outbox_2 (
     id INTEGER PRIMARY KEY,
     topic TEXT NOT NULL,
     payload TEXT NOT NULL,
     retain INTEGER NOT NULL,
     expiry INTEGER,
     created_at INTEGER NOT NULL
   ) STRICT;
   INSERT INTO outbox_2 SELECT id, topic, payload, retain, expiry, created_at FROM outbox WHERE buried IS NULL;
   DROP TABLE outbox;
   ALTER TABLE outbox_2 RENAME TO outbox;`,
];
