import { expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "../../test/peers/temp-dir.ts";
import { sha256OfFile } from "./sha256-file.ts";

test("it is that of FIPS 180-4's example", async () => {
  await using dir = tempDir();
  const file = join(dir.path, "abc");
  await writeFile(file, "abc");
  expect(await sha256OfFile(file)).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("a file that is not there is told", async () => {
  await expect(sha256OfFile("/no/such/file")).rejects.toMatchObject({ code: "ENOENT" });
});
