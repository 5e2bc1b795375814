import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { writeFolder } from "./artifact-folder.ts";
import { MANIFEST_FORMAT } from "./manifest.ts";

let temp: ReturnType<typeof tempDir>;
let folder: string;

beforeEach(() => {
  temp = tempDir();
  folder = join(temp.path, "model-cpu-int8");
});
afterEach(() => temp[Symbol.asyncDispose]());

const put = (name: string, text: string) => async (staging: string) => {
  expect(existsSync(join(folder, name))).toBe(false);
  writeFileSync(join(staging, name), text);
  return text;
};
const manifest = JSON.stringify({ format: MANIFEST_FORMAT });

test("the folder appears when it is complete, and nothing is left beside it", async () => {
  expect(await writeFolder(folder, put("a", "1"))).toBe("1");
  expect(readdirSync(temp.path)).toEqual(["model-cpu-int8"]);
  expect(readFileSync(join(folder, "a"), "utf8")).toBe("1");
});

test("nothing is left when filling it fails", async () => {
  const failing = writeFolder(folder, async (staging) => {
    writeFileSync(join(staging, "half"), "");
    throw new Error("no more");
  });
  await expect(failing).rejects.toThrow("no more");
  expect(readdirSync(temp.path)).toEqual([]);
});

test("an earlier artefact is replaced whole, and stands until then", async () => {
  await writeFolder(folder, put("manifest.json", manifest));
  await expect(writeFolder(folder, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(readdirSync(folder)).toEqual(["manifest.json"]);
  await writeFolder(folder, put("b", "2"));
  expect(readdirSync(folder)).toEqual(["b"]);
  expect(readdirSync(temp.path)).toEqual(["model-cpu-int8"]);
});

test("a folder of something else is left alone", async () => {
  mkdirSync(folder);
  writeFileSync(join(folder, "thesis.txt"), "");
  const refused = writeFolder(folder, put("a", "1"));
  await expect(refused).rejects.toMatchObject({
    message: expect.stringContaining("no deployed model"),
    where: folder,
  });
  expect(readdirSync(folder)).toEqual(["thesis.txt"]);
});

test.each([
  ["ENOSPC", "no space is left on the disk"],
  ["EROFS", "the file system is read-only"],
  ["EFBIG", "a file may not become that large"],
])("what the system refuses is told in words: %s", async (code, words) => {
  const failing = writeFolder(folder, () => Promise.reject(Object.assign(new Error(code), { code })));
  await expect(failing).rejects.toMatchObject({
    message: `the artefact cannot be written: ${words}`,
    where: folder,
  });
});

test("a place below a file is told as what it is", async () => {
  writeFileSync(folder, "");
  await expect(writeFolder(join(folder, "below"), put("a", "1"))).rejects.toThrow(
    "a part of the path is not a folder",
  );
});
