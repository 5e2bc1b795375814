import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { mapParallel } from "../../base/map-parallel.ts";
import { systemReason } from "../../base/system-error.ts";
import { sourceReader } from "../bytes/source-reader.ts";
import type { ByteSource } from "../bytes/types.ts";
import { ReadError } from "../http/types.ts";
import { type Collected, collect, isWanted, nothingCollected } from "../model/collect.ts";
import type { Surroundings } from "../model/facts.ts";

const WIDTH = 16;
const MAX_DEPTH = 3;
const MAX_FILES = 20_000;

/** A file that says something about a model. */
export interface LocalFile {
  path: string;
  /** From the model's folder, with / between the parts. */
  name: string;
  size: number;
  /** When it was changed, ms since 1970. */
  changed: number;
}

/** What a folder holds of a model, or one GGUF or safetensors file. `path` is absolute. @throws ReadError */
export async function listFolder(path: string): Promise<LocalFile[]> {
  const info = await reached(path, () => stat(path));
  const paths = info.isDirectory() ? await filesIn(path) : await partsOf(path);
  const folder = info.isDirectory() ? path : dirname(path);
  const files = paths
    .map((file) => ({ path: file, name: relative(folder, file).split(sep).join("/") }))
    .filter(({ name }) => isWanted(name));
  const found = await mapParallel(files, WIDTH, async (file) => {
    const own = await reached(file.path, () => stat(file.path));
    return own.isFile() ? [{ ...file, size: own.size, changed: own.mtimeMs }] : [];
  });
  if (found.flat().length > 0) return found.flat();
  throw new ReadError("not-found", `${path} holds no file of a model`, {
    hint: "Expected are config.json and *.safetensors, or a .gguf file.",
  });
}

/** Reads the files of a model. @throws ReadError */
export async function readFolder(
  path: string,
  files: readonly LocalFile[],
  reference: string,
): Promise<{ collected: Collected; around: Surroundings }> {
  const collected = nothingCollected();
  for (const file of files) await readFile(file, collected);
  return {
    collected,
    around: {
      ...{ reference, source: "folder", digest: undefined, container: undefined, licence: undefined },
      ...{ evidence: [`files in ${path}`], problems: [] },
    },
  };
}

/** A file, and the other parts of the model that it is one of: `m-00001-of-00003.gguf`. */
async function partsOf(path: string): Promise<string[]> {
  const [, stem, tail] = /^(.+-)\d{5}(-of-\d{5}\.(?:gguf|safetensors))$/.exec(basename(path)) ?? [];
  if (stem === undefined || tail === undefined) return [path];
  const names = await reached(dirname(path), () => readdir(dirname(path)));
  const parts = names.filter((name) => name.startsWith(stem) && name.endsWith(tail));
  return parts.sort().map((name) => join(dirname(path), name));
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

async function readFile({ path, name, size }: LocalFile, into: Collected): Promise<void> {
  const handle = await reached(path, () => open(path, "r"));
  try {
    await collect({ path: name, size, body: sourceReader(fileSource(handle, size)) }, into);
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
