import { Database } from "bun:sqlite";
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExpectedError, toError } from "../base/errors.ts";
import { openSqlite, type SqliteOptions } from "./open.ts";

const root = mkdtempSync(join(tmpdir(), "sqlite-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const fresh = () => join(mkdtempSync(join(root, "one-")), "state", "x.db");

const OPTIONS: Omit<SqliteOptions, "file"> = {
  durability: "full",
  versions: ["CREATE TABLE t (x)", "ALTER TABLE t ADD COLUMN y"],
  words: { name: "the diary", inUse: "Close the other one.", elsewhere: "choose another desk" },
  setUp() {},
  failed: toError,
};
const open = (file: string | undefined, more: Partial<SqliteOptions> = {}) =>
  openSqlite({ ...OPTIONS, file, ...more });

function refusal(file: string, more: Partial<SqliteOptions> = {}): ExpectedError {
  try {
    open(file, more);
  } catch (error) {
    expect(error).toBeInstanceOf(ExpectedError);
    return error as ExpectedError;
  }
  throw new Error("it opened");
}

describe("opening", () => {
  test("makes the folder, for this user only", async () => {
    const file = fresh();
    const { close } = open(file);
    const { close: closeOther } = open(join(root, "a", "b", "x.db"));
    for (const path of [join(file, ".."), file, `${file}-wal`, join(root, "a"), join(root, "a", "b")])
      expect(statSync(path).mode & 0o077).toBe(0);
    await Promise.all([close(), closeOther()]);
  });

  test("brings the schema up to date from any version, and sets up each time", async () => {
    const file = fresh();
    const first = open(file, { versions: OPTIONS.versions.slice(0, 1) });
    first.commit.write(() => first.db.run("INSERT INTO t VALUES (1)"));
    await first.close();
    const second = open(file, { setUp: (db) => db.run("UPDATE t SET y = 2") });
    expect(second.db.query("SELECT * FROM t").all()).toEqual([{ x: 1, y: 2 }]);
    await second.close();
    const third = open(file);
    expect(third.db.query("SELECT y FROM t").all()).toEqual([{ y: 2 }]);
    await third.close();
  });

  test("a version that cannot be applied leaves the file as it was", async () => {
    const file = fresh();
    await open(file, { versions: OPTIONS.versions.slice(0, 1) }).close();
    const error = refusal(file, { versions: ["", "CREATE TABLE u (x)", "CREATE TABLE u (x)"] });
    expect(error.message).toBe("the diary cannot be opened: table u already exists");
    const again = open(file);
    expect(again.db.query("SELECT name FROM sqlite_schema WHERE name = 'u'").all()).toEqual([]);
    await again.close();
  });

  test("a file that another process has is refused, and free again after it closed", async () => {
    const file = fresh();
    const one = open(file);
    expect(refusal(file)).toMatchObject({
      message: "the diary is in use by another process",
      where: file,
      hint: "Close the other one.",
    });
    await one.close();
    await open(file).close();
  });

  test("what cannot be read is told apart: newer, damaged, something else, no place", async () => {
    const file = fresh();
    await open(file).close();
    const newer = refusal(file, { versions: [] });
    expect(newer.message).toBe("the diary was written by a newer agent2389 (schema version 2, known: 0)");
    expect(newer.hint).toBe("Run the newer program, or choose another desk.");

    const text = fresh();
    await open(text).close();
    writeFileSync(text, "this is a text, not a database ".repeat(100));
    expect(refusal(text).message).toBe("the diary is not a database");

    const damaged = fresh();
    await open(damaged).close();
    const bytes = await Bun.file(damaged).bytes();
    await Bun.write(damaged, bytes.fill(0xee, 100, 4096)); // the header stays
    expect(refusal(damaged)).toMatchObject({ message: "the diary is damaged" });

    const blocked = refusal(join(file, "below-a-file", "x.db"));
    expect(blocked.message).toMatch(/^the diary cannot be opened: /);
    expect(blocked.hint).toContain("choose another desk");
  });

  test("a defect of ours is not dressed up", () => {
    const defect = new TypeError("x is undefined");
    const broken = () =>
      open(fresh(), {
        setUp() {
          throw defect;
        },
      });
    expect(broken).toThrow(defect);
  });
});

describe("closing", () => {
  test("commits what is open, tells who waits, and leaves one file", async () => {
    const file = fresh();
    const { db, prepare, commit, bytes, close } = open(file);
    const insert = prepare("INSERT INTO t (x) VALUES (?)");
    commit.write(() => insert.run(1));
    const durable = commit.durable();
    expect(bytes()).toBeGreaterThan(4096);
    await Promise.all([close(), close()]);
    await durable;
    expect(() => db.run("SELECT 1")).toThrow();
    expect(existsSync(`${file}-wal`)).toBe(false);
    const after = new Database(file, { readonly: true });
    expect(after.query("SELECT x FROM t").all()).toEqual([{ x: 1 }]);
    after.close();
  });

  test("in memory there is nothing on disk", async () => {
    const { commit, db, bytes, close } = open(undefined);
    commit.write(() => db.run("INSERT INTO t (x) VALUES (1)"));
    await commit.durable();
    expect(bytes()).toBe(0);
    await close();
  });
});
