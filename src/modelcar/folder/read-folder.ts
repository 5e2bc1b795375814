import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { systemReason } from "../../base/system-error.ts";
import { sourceReader } from "../bytes/source-reader.ts";
import type { ByteSource } from "../bytes/types.ts";
import { ReadError } from "../http/types.ts";
import { type Collected, collect, isWanted, nothingCollected } from "../model/collect.ts";
import type { Surroundings } from "../model/facts.ts";

const MAX_DEPTH = 3;
const MAX_FILES = 20_000;

/** Reads a model in a folder, or one GGUF or safetensors file. `path` is absolute. @throws ReadError */
export async function readFolder(
  path: string,
  reference: string,
): Promise<{ collected: Collected; around: Surroundings }> {
  const collected = nothingCollected();
  const info = await reached(path, () => stat(path));
  const files = info.isDirectory() ? await filesIn(path) : [path];
  for (const file of files) {
    const name = info.isDirectory()
      ? relative(path, file).split(sep).join("/")
      : (file.split(sep).at(-1) ?? file);
    if (isWanted(name)) await readFile(file, name, collected);
  }
  if (collected.sizes.size === 0)
    throw new ReadError("not-found", `${path} holds no file of a model`, {
      hint: "Expected are config.json and *.safetensors, or a .gguf file.",
    });
  return {
    collected,
    around: {
      ...{ reference, source: "folder", digest: undefined, container: undefined, licence: undefined },
      ...{ evidence: [`files in ${path}`], problems: [] },
    },
  };
}

async function filesIn(folder: string): Promise<string[]> {
  const files: string[] = [];
  const walk = async (path: string, depth: number): Promise<void> => {
    for (const entry of await reached(path, () => readdir(path, { withFileTypes: true }))) {
      if (files.length > MAX_FILES)
        throw new ReadError("too-large", `${folder} has more than ${MAX_FILES} files`);
      const full = join(path, entry.name);
      if (entry.isDirectory()) {
        if (depth < MAX_DEPTH && !entry.name.startsWith(".")) await walk(full, depth + 1);
      } else files.push(full); // links too: caches of the hub are made of them
    }
  };
  await walk(folder, 0);
  return files.sort();
}

async function readFile(path: string, name: string, into: Collected): Promise<void> {
  const info = await reached(path, () => stat(path));
  if (!info.isFile()) return;
  const handle = await reached(path, () => open(path, "r"));
  try {
    await collect({ path: name, size: info.size, body: sourceReader(fileSource(handle, info.size)) }, into);
  } finally {
    await handle.close();
  }
}

/** An open file by places. */
const fileSource = (handle: FileHandle, size: number): ByteSource => ({
  size,
  async read(offset, length) {
    const bytes = new Uint8Array(length);
    let read = 0;
    while (read < length) {
      const { bytesRead } = await handle.read(bytes, read, length - read, offset + read);
      if (bytesRead === 0) break;
      read += bytesRead;
    }
    return bytes.subarray(0, read);
  },
});

async function reached<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const reason = systemReason(thrown);
    if (reason === undefined) throw thrown;
    throw new ReadError("not-found", `${path} cannot be read: ${reason}`, { cause: thrown });
  }
}
