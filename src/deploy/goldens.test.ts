import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { goldenFiles, goldenFolders, REFERENCE_FOLDERS, referenceFiles } from "./goldens.fixture.ts";
import type { Files } from "./target.ts";

const ROOT = join(import.meta.dir, "../..");

const there = (folders: readonly string[]): string[] =>
  folders
    .filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();

function expectEqual(files: Files, folders: readonly string[]): void {
  expect(there(folders)).toEqual(Object.keys(files).sort());
  const differing = Object.entries(files).filter(
    ([path, text]) => readFileSync(join(ROOT, path), "utf8") !== text,
  );
  expect(differing.map(([path]) => path)).toEqual([]);
}

test("the goldens are what the targets render: bun scripts/generate.ts", async () => {
  expectEqual(await goldenFiles(), goldenFolders());
});

test("deploy/ is the researcher, as this version renders it: bun scripts/generate.ts", async () => {
  expectEqual(await referenceFiles(), Object.values(REFERENCE_FOLDERS));
});
