import { type FileHandle, lstat, readdir } from "node:fs/promises";
import type { ToolResult } from "../../runtime/ports/tool.ts";
import { onPath } from "./fs-error.ts";
import { type Folder, folderOf, withEntry } from "./handle.ts";
import { type LineRange, selectLines } from "./lines.ts";
import { assertAllowed, locate, RefusedPath, type Roots, realpathOf } from "./roots.ts";

export interface ReadLimits {
  max_file_size: number;
  max_content_chars: number;
}

const MAX_LISTED = 1000;

/** A text file's lines, or what a folder holds. */
export const readPath = (
  { path, ...range }: { path: string } & LineRange,
  roots: Roots,
  limits: ReadLimits,
): Promise<ToolResult> =>
  onPath(path, async () => {
    const absolute = locate(path, roots);
    const real = await realpathOf(absolute);
    if (real === undefined) return noSuchFile(path);
    await assertAllowed(real, path, roots);
    return withEntry(real, path, roots, async (handle) => {
      const stats = await handle.stat();
      if (stats.isDirectory()) return list(await folderOf(handle, real), path);
      if (!stats.isFile())
        throw new RefusedPath(`${path} is not a file: devices, pipes and sockets are not read`);
      return readText(handle, path, range, limits);
    });
  });

function noSuchFile(path: string): never {
  throw new Error(`${path}: there is no such file or folder`);
}

async function readText(
  handle: FileHandle,
  path: string,
  range: LineRange,
  { max_file_size, max_content_chars }: ReadLimits,
): Promise<ToolResult> {
  const tooLarge = (size: number) =>
    new Error(`${path} is too large: ${size} bytes, and at most ${max_file_size} are read`);
  const { size } = await handle.stat();
  if (size > max_file_size) throw tooLarge(size);
  const bytes = await readAtMost(handle, size, max_file_size + 1);
  if (bytes.length > max_file_size) throw tooLarge((await handle.stat()).size);
  const text = textOf(bytes);
  if (text === undefined)
    throw new Error(`${path} is a binary file (${bytes.length} bytes); only text can be read`);
  const shown = selectLines(text, range, max_content_chars);
  return { content: text === "" ? "[the file is empty]" : shown, metadata: { path, bytes: bytes.length } };
}

/** The size that a file claims is not gone by: it may grow, or be made up as it is read. */
async function readAtMost(handle: FileHandle, size: number, max: number): Promise<Uint8Array> {
  let buffer = new Uint8Array(Math.min(size + 1, max));
  for (let length = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
    length += bytesRead;
    if (bytesRead === 0 || length === max) return buffer.subarray(0, length);
    if (length === buffer.length) buffer = enlarged(buffer, Math.min(max, length * 2));
  }
}

function enlarged(buffer: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(size);
  larger.set(buffer);
  return larger;
}

/** UTF-8, or UTF-16 with a byte order mark; undefined for anything else. */
function textOf(bytes: Uint8Array): string | undefined {
  const [a, b] = bytes;
  const utf16 = (a === 0xff && b === 0xfe && "utf-16le") || (a === 0xfe && b === 0xff && "utf-16be");
  if (!utf16 && bytes.subarray(0, 8192).includes(0)) return undefined;
  try {
    return new TextDecoder(utf16 || "utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

async function list(folder: Folder, path: string): Promise<ToolResult> {
  const entries = (await readdir(folder.at("."), { withFileTypes: true })).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  const lines = await Promise.all(
    entries.slice(0, MAX_LISTED).map(async (entry) => {
      if (entry.isDirectory()) return `${entry.name}/`;
      if (entry.isSymbolicLink()) return `${entry.name} (link)`;
      if (!entry.isFile()) return `${entry.name} (not a file)`;
      return `${entry.name} (${await sizeOf(folder.at(entry.name))})`;
    }),
  );
  const more =
    entries.length > MAX_LISTED ? [`[${entries.length - MAX_LISTED} more entries are not shown]`] : [];
  const content = [`${path} is a folder${entries.length === 0 ? ", empty" : ":"}`, ...lines, ...more].join(
    "\n",
  );
  return { content, metadata: { path, entries: entries.length } };
}

/** A file may go while the folder is listed. */
const sizeOf = (path: string): Promise<string> =>
  lstat(path).then(
    ({ size }) => `${size} bytes`,
    () => "gone",
  );
