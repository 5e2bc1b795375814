import { expect, test } from "bun:test";
import { join } from "node:path";
import { readIfThere } from "./read-if-there.ts";

test("reads what is there, and says so where nothing is", async () => {
  expect(await readIfThere(import.meta.path)).toContain("readIfThere");
  expect(await readIfThere(join(import.meta.dir, "no-such-file"))).toBeUndefined();
  expect(await readIfThere(join(import.meta.path, "below-a-file"))).toBeUndefined();
});

test("what is there and cannot be read is an error", async () => {
  await expect(readIfThere(import.meta.dir)).rejects.toThrow("EISDIR");
});
