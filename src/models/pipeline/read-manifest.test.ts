import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { checkFiles, type readManifest } from "./read-manifest.ts";

type Files = Awaited<ReturnType<typeof readManifest>>["files"];

const sha256 = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest("hex");

test("files of an artefact lie in its folder, as they were written", async () => {
  await using dir = tempDir();
  const folder = join(dir.path, "artefact");
  mkdirSync(folder);
  writeFileSync(join(folder, "model.onnx"), "model");
  writeFileSync(join(dir.path, "other.onnx"), "other");
  const check = (path: string, content: string) => {
    const files: Files = [{ path, sha256: sha256(content), bytes: content.length }];
    return checkFiles(folder, { files });
  };
  await check("model.onnx", "model");
  await expect(check("model.onnx", "changed")).rejects.toThrow("was changed");
  await expect(check("gone.onnx", "model")).rejects.toThrow("is missing");
  await expect(check("../other.onnx", "other")).rejects.toThrow(
    "outside the artefact's folder: ../other.onnx",
  );
});
