import { Database } from "bun:sqlite";
import { beforeEach, describe, expect, test } from "bun:test";
import { until } from "../../test/peers/until.ts";
import { toError } from "../base/errors.ts";
import { noDisk, syncedDisk } from "./disk.ts";
import { groupCommit } from "./group-commit.ts";
import { preparedStatements } from "./statements.ts";

let db: Database;
let failures: Error[];
let ends: number;
beforeEach(() => {
  db = new Database(":memory:");
  db.run("CREATE TABLE t (x TEXT)");
  failures = [];
  ends = 0;
});

const failed = (thrown: unknown): Error => {
  failures.push(toError(thrown));
  return toError(thrown);
};
const open = ({ idleMs = 60_000, disk = noDisk } = {}) =>
  groupCommit(db, preparedStatements(db).prepare, { idleMs, disk, failed, onEnd: () => void ends++ });
const put = (x: string) => db.run("INSERT INTO t VALUES (?)", [x]);
const rows = () => db.query("SELECT x FROM t").values().flat();
/** No page may be added any more: what a full disk does. */
const fill = () => db.run("PRAGMA max_page_count = 1");
const LARGE = "x".repeat(100_000);
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("a transaction", () => {
  test("holds everything of one turn, and all who wait are told together", async () => {
    const commit = open();
    expect(commit.write(() => put("a").changes)).toBe(1);
    const first = commit.committed();
    commit.write(() => put("b"));
    expect(commit.committed()).toBe(first);
    expect(db.inTransaction).toBe(true);
    await first;
    expect(db.inTransaction).toBe(false);
    expect([rows(), ends]).toEqual([["a", "b"], 1]);
  });

  test("waits for others when nobody is in a hurry, but not for long", async () => {
    const commit = open({ idleMs: 1 });
    commit.write(() => put("a"));
    expect(db.inTransaction).toBe(true);
    await commit.settled();
    expect(rows()).toEqual(["a"]);
    commit.write(() => put("b"));
    await until("the commit", () => !db.inTransaction);
    expect(rows()).toEqual(["a", "b"]);
  });

  test("that is in a hurry takes those with it that are not", async () => {
    const commit = open();
    commit.write(() => put("a"));
    const unhurried = commit.settled();
    commit.write(() => put("b"));
    await commit.committed();
    await unhurried;
    expect(rows()).toEqual(["a", "b"]);
  });

  test("that is not open is not waited for", async () => {
    const commit = open();
    await Promise.all([commit.settled(), commit.committed(), commit.durable()]);
    expect([db.inTransaction, ends]).toEqual([false, 0]);
  });

  test("that fails takes back all of its turn, tells everyone who waits, and the next begins anew", async () => {
    const commit = open();
    commit.write(() => put("a"));
    const waiters = [commit.settled(), commit.committed(), commit.durable()];
    fill();
    expect(() => commit.write(() => put(LARGE))).toThrow("full");
    for (const waiter of waiters) expect(await waiter.catch((error) => error.code)).toBe("SQLITE_FULL");
    expect([failures.length, ends, rows()]).toEqual([1, 1, []]);

    db.run("PRAGMA max_page_count = 1000000");
    commit.write(() => put("b"));
    await commit.committed();
    expect(rows()).toEqual(["b"]);
  });

  test("that fails in an attempt is told of as a failure only", async () => {
    const commit = open();
    fill();
    commit.attempt(() => put(LARGE));
    expect(failures).toHaveLength(1);
    await commit.committed();
  });

  test("can be committed at once", () => {
    const commit = open();
    commit.write(() => put("a"));
    commit.flush();
    expect([db.inTransaction, rows()]).toEqual([false, ["a"]]);
  });
});

/** A disk whose syncs end when the test says so. */
function slowDisk() {
  const syncs: PromiseWithResolvers<void>[] = [];
  const log = {
    sync() {
      const sync = Promise.withResolvers<void>();
      syncs.push(sync);
      return sync.promise;
    },
    async close() {},
  };
  return { disk: syncedDisk(log, failed), syncs };
}

describe("durability", () => {
  test("comes with a sync after the commit; a commit alone is not synced", async () => {
    const { disk, syncs } = slowDisk();
    const commit = open({ disk });
    commit.write(() => put("a"));
    await commit.committed();
    expect(syncs).toHaveLength(0);
    commit.write(() => put("b"));
    let told = false;
    const durable = commit.durable().then(() => {
      told = true;
    });
    await until("the sync", () => syncs.length === 1);
    expect([rows(), told]).toEqual([["a", "b"], false]);
    syncs[0]!.resolve();
    await durable;
  });

  test("of what was committed without hurry can be asked for later", async () => {
    const { disk, syncs } = slowDisk();
    const commit = open({ disk });
    commit.write(() => put("a"));
    await commit.committed();
    const durable = [commit.durable(), commit.durable()];
    expect(syncs).toHaveLength(1);
    syncs[0]!.resolve();
    await Promise.all(durable);
    await commit.durable();
    expect(syncs).toHaveLength(1);
  });

  test("what is written during a sync is one commit after it, and one sync more", async () => {
    const { disk, syncs } = slowDisk();
    const commit = open({ disk });
    commit.write(() => put("a"));
    const first = commit.durable();
    await until("the first sync", () => syncs.length === 1);
    commit.write(() => put("b"));
    const second = commit.durable();
    await turn();
    commit.write(() => put("c"));
    const third = commit.durable();
    await turn();
    expect([db.inTransaction, ends]).toEqual([true, 1]);
    syncs[0]!.resolve();
    await first;
    await until("the second sync", () => syncs.length === 2);
    expect([db.inTransaction, ends]).toEqual([false, 2]);
    syncs[1]!.resolve();
    await Promise.all([second, third]);
    expect(syncs).toHaveLength(2);
  });

  test("a sync that fails is final: whoever waits is told, and nothing more is written", async () => {
    const { disk, syncs } = slowDisk();
    const commit = open({ disk });
    commit.write(() => put("a"));
    const durable = commit.durable();
    await until("the sync", () => syncs.length === 1);
    syncs[0]!.reject(Object.assign(new Error("i/o error"), { code: "EIO" }));
    const error = await durable.catch((e) => e);
    expect(error).toMatchObject({
      code: "EIO",
      message: "the disk did not take what was written; only a restart finds out what it has",
    });
    expect(failures).toEqual([error]);
    expect(() => commit.write(() => put("b"))).toThrow("restart");
    expect(await commit.durable().catch((e) => e)).toBe(error);
    expect(rows()).toEqual(["a"]);
  });
});
