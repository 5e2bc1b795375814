import { Database } from "bun:sqlite";
import { afterAll, describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../base/clock.ts";
import { type Store, StoreFull } from "../../runtime/ports/store.ts";
import { type StoreBed, storeContract } from "../contract.fixture.ts";
import { openJournal } from "./journal.ts";
import { DONE, RUNNING, VERSIONS, WAITING } from "./schema.ts";
import { journalStore, openSqliteStore } from "./store.ts";

const root = mkdtempSync(join(tmpdir(), "journal-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A crash, for a file that its process holds locked: its bytes as the next process would find them. */
async function bed(): Promise<StoreBed> {
  let dir = mkdtempSync(join(root, "bed-"));
  const abandoned: Store[] = [];
  return {
    open: async () => openSqliteStore({ file: join(dir, "journal.db") }),
    async abandon(store) {
      abandoned.push(store);
      const next = mkdtempSync(join(root, "bed-"));
      for (const name of ["journal.db", "journal.db-wal"]) {
        if (existsSync(join(dir, name))) copyFileSync(join(dir, name), join(next, name));
      }
      dir = next;
    },
    async remove() {
      for (const store of abandoned) await store.close();
    },
  };
}

storeContract("SQLite", bed);

describe("the SQLite journal", () => {
  const file = (name: string) => join(mkdtempSync(join(root, "one-")), name);

  test("is readable by its user only", async () => {
    const path = file("journal.db");
    const store = openSqliteStore({ file: path });
    expect(statSync(path).mode & 0o077).toBe(0);
    await store.close();
  });

  test("a second process is told that the journal is in use", async () => {
    const path = file("journal.db");
    const store = openSqliteStore({ file: path });
    const script = `import { openSqliteStore } from "${import.meta.dir}/store.ts";
      try { openSqliteStore({ file: ${JSON.stringify(path)} }); console.log("opened"); }
      catch (e) { console.log(e.name, e.message, e.hint); }`;
    const { stdout } = Bun.spawnSync([process.execPath, "-e", script]);
    expect(stdout.toString()).toContain(
      "ExpectedError the journal is in use by another process Is this agent running already?",
    );
    await store.close();
  });

  test("when it is full it refuses with StoreFull, keeps what it has, and goes on once there is room", async () => {
    const store = journalStore((onEnd) => {
      const journal = openJournal({ file: file("journal.db"), durability: "full", onEnd });
      journal.db.run("PRAGMA max_page_count = 50");
      return journal;
    }, systemClock);
    const payload = "x".repeat(20 * 1024);
    const verdicts: unknown[] = [];
    for (let i = 0; i < 20; i++) {
      verdicts.push(await store.accept({ key: `${i}`, payload, receivedAt: 0 }).catch((error) => error));
    }
    const kept = verdicts.filter((verdict) => verdict === "new").length;
    expect(kept).toBeGreaterThan(3);
    expect(verdicts.at(-1)).toBeInstanceOf(StoreFull);
    const claimed = await store.claim(99);
    expect(claimed.length).toBe(kept);
    for (const { key } of claimed) await store.finish(key, []);
    expect(await store.accept({ key: "later", payload, receivedAt: 0 })).toBe("new");
    await store.close();
  });

  test("one of the first version is brought up to date: tasks, ids that were seen, results, and what was kept aside", async () => {
    const path = file("journal.db");
    const db = new Database(path);
    db.run(VERSIONS[0]!);
    db.run("PRAGMA user_version = 1");
    db.run(`INSERT INTO task (key, payload, received_at, state, attempt)
            VALUES ('waits', 'w', 1, ${WAITING}, 0), ('ran', 'r', 2, ${RUNNING}, 3), ('done', NULL, 3, ${DONE}, 1)`);
    db.run(`INSERT INTO outbox (topic, payload, retain, expiry, created_at, buried)
            VALUES ('/t', 'aside', 0, NULL, 1, 'too large'), ('/t', 'leaves', 1, 9, 2, NULL)`);
    db.close();
    const store = openSqliteStore({ file: path });
    expect(await store.stats()).toMatchObject({ waiting: 2, running: 0, outbox: 1, buried: 1 });
    expect((await store.takeOutbox(9)).map((row) => row.publication)).toEqual([
      { topic: "/t", payload: "leaves", qos: 1, retain: true, expirySeconds: 9 },
    ]);
    expect((await store.claim(9)).map(({ key, attempt }) => [key, attempt])).toEqual([
      ["waits", 1],
      ["ran", 4],
    ]);
    expect(await store.accept({ key: "done", payload: "", receivedAt: 4 })).toBe("duplicate");
    expect(await store.accept({ key: "new", payload: "", receivedAt: 5 })).toBe("new");
    await store.close();
  });

  test("close settles what was begun", async () => {
    const path = file("journal.db");
    const store = openSqliteStore({ file: path });
    const accepted = Promise.all(
      [1, 2, 3].map((i) => store.accept({ key: `${i}`, payload: "p", receivedAt: 0 })),
    );
    await store.close();
    expect(await accepted).toEqual(["new", "new", "new"]);
    const again = openSqliteStore({ file: path });
    expect((await again.stats()).waiting).toBe(3);
    await again.close();
  });

  test("many writes of one turn are one commit", async () => {
    const store = openSqliteStore({ file: file("journal.db") });
    const started = performance.now();
    await Promise.all(
      Array.from({ length: 5_000 }, (_, i) => store.accept({ key: `${i}`, payload: "p", receivedAt: 0 })),
    );
    // 5,000 commits of their own, each with an fsync, would take a second or far more.
    expect(performance.now() - started).toBeLessThan(1_000);
    await store.close();
  });
});
