import { expect, test } from "bun:test";
import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { version } from "onnxruntime-node/package.json";
import { mnistModel } from "../src/models/real-models.fixture.ts";
import { tempDir } from "../test/peers/temp-dir.ts";
import { onnxRuntime, type Platform } from "./onnxruntime.ts";

const program = join(import.meta.dir, "../src/models/ort/ort-program.fixture.ts");
const here: Platform = { platform: process.platform, arch: process.arch, musl: false };

async function compiled(target: Platform, outfile: string) {
  const { success } = await Bun.build({
    entrypoints: [program],
    minify: true,
    bytecode: true,
    format: "esm",
    plugins: [onnxRuntime(target)],
    compile: { outfile },
  });
  expect(success).toBe(true);
}

async function said(...argv: string[]): Promise<string> {
  const child = Bun.spawn(argv, { stdout: "pipe", stderr: "inherit" });
  const text = await new Response(child.stdout).text();
  expect(await child.exited).toBe(0);
  return text.trim();
}

/** The native files in a program for the target, unpacked. */
async function carried(target: Platform): Promise<Map<string, Uint8Array>> {
  const { outputs } = await Bun.build({
    entrypoints: [program],
    target: "bun",
    plugins: [onnxRuntime(target)],
  });
  const assets = outputs.filter(({ kind }) => kind === "asset");
  return new Map(
    await Promise.all(
      assets.map(
        async (asset): Promise<[string, Uint8Array]> => [
          asset.path.replace(/.*\/|-\w+\.zst$/g, ""),
          Bun.zstdDecompressSync(await asset.arrayBuffer()),
        ],
      ),
    ),
  );
}

test("the compiled program loads ONNX Runtime in an empty folder, with several processes starting at once", async () => {
  await using dir = tempDir();
  const file = join(dir.path, "program");
  const cache = join(dir.path, "cache");
  await compiled(here, file);
  await copyFile(mnistModel, join(dir.path, "model.onnx"));
  const run = () => said(file, cache, join(dir.path, "model.onnx"));
  const texts: string[] = await Promise.all([run(), run(), run()]);
  expect(texts).toEqual(new Array<string>(3).fill(`${version} Input3`));
  expect(await readdir(join(cache, "onnxruntime"))).toHaveLength(1);
}, 60_000);

test("a program for a platform without ONNX Runtime says so", async () => {
  await using dir = tempDir();
  await compiled({ ...here, musl: true }, join(dir.path, "program"));
  expect(await said(join(dir.path, "program"), dir.path, mnistModel)).toContain(
    "there is no ONNX Runtime for",
  );
}, 60_000);

test("a program carries the library of its target, and no other", async () => {
  const arm = await carried({ platform: "linux", arch: "arm64", musl: false });
  expect([...arm.keys()].sort()).toEqual(["libonnxruntime.so.1", "onnxruntime_binding.node"]);
  // ELF, e_machine: EM_AARCH64
  for (const bytes of arm.values()) expect(bytes[18]).toBe(183);
  expect(await carried({ platform: "darwin", arch: "x64", musl: false })).toEqual(new Map());
}, 60_000);
