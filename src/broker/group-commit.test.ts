import { Database } from "bun:sqlite";
import { beforeEach, expect, test } from "bun:test";
import { until } from "../../test/peers/until.ts";
import { groupCommit } from "./group-commit.ts";

let db: Database;
let rollbacks: unknown[];
beforeEach(() => {
  db = new Database(":memory:");
  db.run("CREATE TABLE t (x TEXT)");
  rollbacks = [];
});

const open = (idleMs = 60_000) =>
  groupCommit(db, (sql) => db.prepare(sql) as never, {
    idleMs,
    onRollback: (error) => rollbacks.push(error),
  });
const put = (x: string) => db.run("INSERT INTO t VALUES (?)", [x]);
const rows = () => db.query("SELECT x FROM t").values().flat();
/** No page may be added any more: what a full disk does. */
const fill = () => db.run("PRAGMA max_page_count = 1");
const LARGE = "x".repeat(100_000);

test("everything of one turn stands in one transaction, and resolves together", async () => {
  const commit = open();
  commit.write(() => put("a"));
  const first = commit.committed();
  commit.write(() => put("b"));
  expect(commit.committed()).toBe(first);
  expect(db.inTransaction).toBe(true);
  await first;
  expect(db.inTransaction).toBe(false);
  expect(rows()).toEqual(["a", "b"]);
});

test("writes that nobody waits for are committed after a while", async () => {
  open(1).write(() => put("a"));
  expect(db.inTransaction).toBe(true);
  await until("the commit", () => !db.inTransaction);
  expect(rows()).toEqual(["a"]);
});

test("with nothing open there is nothing to wait for", async () => {
  await open().committed();
  expect(db.inTransaction).toBe(false);
});

test("a failure takes back all of the turn, tells everyone who waits, and the next turn begins anew", async () => {
  const commit = open();
  commit.write(() => put("a"));
  const waiter = commit.committed();
  fill();
  expect(() => commit.write(() => put(LARGE))).toThrow("full");
  expect(await waiter.catch((error) => error.code)).toBe("SQLITE_FULL");
  expect(rollbacks).toHaveLength(1);
  expect(rows()).toEqual([]);

  db.run("PRAGMA max_page_count = 1000000");
  commit.write(() => put("b"));
  await commit.committed();
  expect(rows()).toEqual(["b"]);
});

test("an attempt does not throw", async () => {
  const commit = open();
  fill();
  commit.attempt(() => put(LARGE));
  expect(rollbacks).toHaveLength(1);
  await commit.committed();
});

test("close commits what is open", () => {
  const commit = open();
  commit.write(() => put("a"));
  commit.close();
  expect(db.inTransaction).toBe(false);
  expect(rows()).toEqual(["a"]);
});
