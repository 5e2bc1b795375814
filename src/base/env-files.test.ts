import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withFiles } from "./env-files.ts";

const dir = mkdtempSync(join(tmpdir(), "env-files-"));
const file = join(dir, "key");
writeFileSync(file, "from the file\r\n");

test("NAME_FILE stands in for NAME", () => {
  expect(withFiles({ KEY_FILE: file })["KEY"]).toBe("from the file");
  expect(withFiles({ KEY: "", KEY_FILE: file })["KEY"]).toBe("from the file");
});

test("NAME itself comes first, and what is not named stays as it is", () => {
  const env = withFiles({ KEY: "itself", KEY_FILE: "/nowhere", EMPTY: "" });
  expect(env["KEY"]).toBe("itself");
  expect(env["KEY_FILE"]).toBe("/nowhere");
  expect(env["EMPTY"]).toBe("");
  expect(env["OTHER"]).toBeUndefined();
  expect({ ...env }).toEqual({ KEY: "itself", KEY_FILE: "/nowhere", EMPTY: "" });
});

test("a file is read when it is asked for; that it cannot be read is told with its name", () => {
  const env = withFiles({ KEY_FILE: join(dir, "missing"), FOLDER_FILE: dir });
  expect(env["UNRELATED"]).toBeUndefined();
  expect(() => env["KEY"]).toThrow(`KEY_FILE names ${join(dir, "missing")}, which cannot be read: `);
  expect(() => env["FOLDER"]).toThrow("FOLDER_FILE names ");
  rmSync(dir, { recursive: true });
});
