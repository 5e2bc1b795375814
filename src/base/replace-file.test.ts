import { expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "../../test/peers/temp-dir.ts";
import { replaceFile } from "./replace-file.ts";

test("a file takes the place of another, and nothing else is left", async () => {
  await using dir = tempDir();
  const path = join(dir.path, "a.txt");
  await replaceFile(path, "old");
  await replaceFile(path, "new");
  expect(await Bun.file(path).text()).toBe("new");
  expect(await readdir(dir.path)).toEqual(["a.txt"]);
  await expect(replaceFile(dir.path, "x")).rejects.toMatchObject({ code: "EISDIR" });
});

test.skipIf(process.platform !== "linux")("a device is written to, not replaced", async () => {
  await expect(replaceFile("/dev/full", "x")).rejects.toMatchObject({ code: "ENOSPC" });
});
