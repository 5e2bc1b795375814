import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BunPlugin } from "bun";

/**
 * Puts ONNX Runtime of the target into the program, and of no other: as compressed files, in the place of
 * src/models/ort/native-files.ts.
 */

/** The library by platform, as the binding beside it asks the loader for it. */
const LIBRARIES: Readonly<Record<string, string>> = {
  linux: "libonnxruntime.so.1",
  darwin: "libonnxruntime.1.dylib",
  win32: "onnxruntime.dll",
};
const BINDING = "onnxruntime_binding.node";

/** A fifth of a second to unpack at any level; a higher one takes twenty times as long for a tenth less. */
const LEVEL = 9;

export interface Platform {
  platform: string;
  arch: string;
  /** Its library needs glibc. */
  musl: boolean;
}

export function onnxRuntime(target: Platform): BunPlugin {
  return {
    name: "onnxruntime",
    setup(build) {
      build.onLoad({ filter: /[\\/]models[\\/]ort[\\/]native-files\.ts$/ }, async () => ({
        loader: "ts",
        contents: await moduleText(filesFor(target)),
      }));
      build.onResolve({ filter: /^packed:/ }, ({ path }) => ({ path: path.slice(7), namespace: "packed" }));
      build.onLoad({ filter: /./, namespace: "packed" }, async ({ path }) => ({
        loader: "file",
        contents: Bun.zstdCompressSync(await Bun.file(sourceOf(target, path)).bytes(), { level: LEVEL }),
      }));
    },
  };
}

const folderOf = ({ platform, arch }: Platform): string =>
  join(dirname(fileURLToPath(import.meta.resolve("onnxruntime-node"))), "../bin/napi-v6", platform, arch);

/** `<name>.zst` → the file that it is made of. */
const sourceOf = (target: Platform, path: string): string =>
  join(folderOf(target), path.replace(/\.zst$/, ""));

function filesFor(target: Platform): string[] {
  if (target.musl || !existsSync(folderOf(target))) return [];
  return [LIBRARIES[target.platform]!, BINDING].map((name) => join(folderOf(target), name));
}

async function moduleText(files: readonly string[]): Promise<string> {
  if (files.length === 0) return "export const nativeFiles = () => undefined;";
  const digest = new Bun.CryptoHasher("sha256");
  const lines: string[] = [];
  const packed: string[] = [];
  for (const [i, file] of files.entries()) {
    const bytes = await Bun.file(file).bytes();
    const name = file.slice(dirname(file).length + 1);
    digest.update(bytes);
    lines.push(`import file${i} from ${JSON.stringify(`packed:${name}.zst`)} with { type: "file" };`);
    packed.push(`{ name: ${JSON.stringify(name)}, file: file${i}, size: ${bytes.byteLength} }`);
  }
  const value = `{ digest: "${digest.digest("hex").slice(0, 16)}", packed: [${packed.join(", ")}] }`;
  return `${lines.join("\n")}\nexport const nativeFiles = () => (${value});`;
}
