import { expect, test } from "bun:test";
import { mkdir, readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "../../test/peers/temp-dir.ts";
import { markUsed, pruneFolder } from "./prune-folder.ts";

const HOUR = 3_600_000;
const now = Date.UTC(2026, 0, 10);
const limits = { maxBytes: 1000, maxAgeMs: 48 * HOUR, keepSince: now, now };

async function folderOf(files: Record<string, { hoursAgo: number; bytes?: number }>) {
  const folder = tempDir();
  for (const [name, { hoursAgo, bytes }] of Object.entries(files)) {
    const path = join(folder.path, name);
    if (bytes === undefined) await mkdir(path, { recursive: true });
    else await Bun.write(path, "x".repeat(bytes));
    const at = (now - hoursAgo * HOUR) / 1000;
    await utimes(path, at, at);
  }
  return folder;
}
const left = async ({ path }: { path: string }) => (await readdir(path)).sort();

test("what is too old goes, folders with all that is in them", async () => {
  await using folder = await folderOf({
    old: { hoursAgo: 49, bytes: 1 },
    young: { hoursAgo: 47, bytes: 1 },
    "old-folder": { hoursAgo: 50 },
    "young-folder": { hoursAgo: 1 },
  });
  await pruneFolder(folder.path, limits);
  expect(await left(folder)).toEqual(["young", "young-folder"]);
});

test("of what is too much the oldest goes; what is in use counts, and stays", async () => {
  await using folder = await folderOf({
    a: { hoursAgo: 1, bytes: 600 },
    b: { hoursAgo: 2, bytes: 300 },
    c: { hoursAgo: 3, bytes: 300 },
    d: { hoursAgo: 60, bytes: 400 },
    full: { hoursAgo: 1 },
  });
  await Bun.write(join(folder.path, "full", "weights"), "x".repeat(2000));
  await utimes(join(folder.path, "full"), now / 1000 - 3600, now / 1000 - 7200);
  await markUsed(join(folder.path, "d"), now);
  await pruneFolder(folder.path, limits);
  expect(await left(folder)).toEqual(["a", "d"]);
});

test("a folder or a file that is not there is no error", async () => {
  await pruneFolder("/nowhere", limits);
  await markUsed("/nowhere/file", now);
});
