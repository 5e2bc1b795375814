import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { refuseOverwriting } from "./output-file.ts";

test.each([false, true])("a device or a folder is never written over (force: %p)", async (force) => {
  await using dir = tempDir();
  const model = join(dir.path, "model.onnx");
  writeFileSync(model, "");
  mkdirSync(join(dir.path, "folder"));
  for (const place of ["/dev/null", join(dir.path, "folder")])
    await expect(refuseOverwriting(place, model, force)).rejects.toThrow("what is there is no file");
});

test("a file of others is written over when that is asked for", async () => {
  await using dir = tempDir();
  const [model, other] = ["model.onnx", "notes.txt"].map((name) => join(dir.path, name)) as [string, string];
  writeFileSync(model, "");
  writeFileSync(other, "mine");
  await expect(refuseOverwriting(other, model, false)).rejects.toThrow("did not write");
  await refuseOverwriting(other, model, true);
  await refuseOverwriting(join(dir.path, "new.onnx"), model, false);
});
