import { randomUUID } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { lstat, mkdir, open, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCode } from "../../base/errors.ts";
import type { ToolResult } from "../../runtime/ports/tool.ts";
import { onPath } from "./fs-error.ts";
import { type Folder, withFolder } from "./handle.ts";
import { assertAllowed, locate, RefusedPath, type Roots, realpathOf } from "./roots.ts";

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;

export interface WriteInput {
  path: string;
  content: string;
  mode: "overwrite" | "append" | "create";
}

/**
 * Writes a text file. Overwriting replaces it in one step (written aside, synced, renamed), so that no one ever sees
 * half of it. Folders on the way are made, inside the allowed paths only.
 */
export const writePath = (input: WriteInput, roots: Roots, maxFileSize: number): Promise<ToolResult> =>
  onPath(input.path, async () => {
    const bytes = Buffer.from(input.content, "utf8");
    const target = await targetOf(locate(input.path, roots), input.path);
    await assertAllowed(join(target.folder, ...target.missing, target.name), input.path, roots);
    const there = await withFolder(target.folder, (folder) =>
      descend(folder, target.missing, async (last) => {
        await assertAllowed(join(last.path, target.name), input.path, roots);
        return writeEntry(last, target.name, bytes, input, maxFileSize);
      }),
    );
    const done = input.mode === "append" && there ? "appended" : there ? "replaced" : "written";
    return {
      content: `${input.path}: ${bytes.length} bytes ${done}.`,
      metadata: { path: input.path, bytes: bytes.length },
    };
  });

interface Target {
  /** Real path of the last folder on the way that is there. */
  folder: string;
  /** Names of the folders below it that are not. */
  missing: string[];
  name: string;
}

async function targetOf(path: string, asked: string): Promise<Target> {
  const real = await realpathOf(path);
  if (real !== undefined) return { folder: dirname(real), missing: [], name: basename(real) };
  if (await isLink(path)) throw new RefusedPath(`${asked} is a link that leads nowhere`);
  const missing: string[] = [];
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const realFolder = await realpathOf(folder);
    if (realFolder !== undefined) return { folder: realFolder, missing, name: basename(path) };
    if (await isLink(folder))
      throw new RefusedPath(`${asked}: a folder on the way is a link that leads nowhere`);
    missing.unshift(basename(folder));
  }
}

const isLink = (path: string): Promise<boolean> =>
  lstat(path).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  );

/** Makes the missing folders one in the other, each held open, so that none can be swapped for a link on the way. */
async function descend<T>(
  folder: Folder,
  missing: readonly string[],
  use: (last: Folder) => Promise<T>,
): Promise<T> {
  const [next, ...rest] = missing;
  if (next === undefined) return use(folder);
  await mkdir(folder.at(next)).catch((thrown) => {
    if (errorCode(thrown) !== "EEXIST") throw thrown;
  });
  return withFolder(folder.at(next), (inner) => descend(inner, rest, use));
}

/** Tells whether there was a file before. */
async function writeEntry(
  folder: Folder,
  name: string,
  bytes: Buffer,
  { path, mode }: WriteInput,
  maxFileSize: number,
): Promise<boolean> {
  const before = await lstat(folder.at(name)).catch((thrown) => {
    if (errorCode(thrown) === "ENOENT") return undefined;
    throw thrown;
  });
  if (before && !before.isFile()) throw new RefusedPath(`${path} is not a file: only files can be written`);
  if (before && mode === "create")
    throw new Error(`${path} is there already; mode "overwrite" would replace it`);
  const size = bytes.length + (mode === "append" ? (before?.size ?? 0) : 0);
  if (size > maxFileSize)
    throw new Error(`${path} would be too large: ${size} bytes, and at most ${maxFileSize} are allowed`);
  if (mode === "append" && before) await append(folder.at(name), bytes);
  else await replace(folder, name, bytes, before);
  return before !== undefined;
}

async function append(path: string, bytes: Buffer): Promise<void> {
  const handle = await open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK);
  try {
    await handle.writeFile(bytes);
  } finally {
    await handle.close();
  }
}

async function replace(
  folder: Folder,
  name: string,
  bytes: Buffer,
  before: Stats | undefined,
): Promise<void> {
  const aside = folder.at(`.agent2389-${randomUUID()}.tmp`);
  const handle = await open(aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666);
  try {
    try {
      if (before) await handle.chmod(before.mode & 0o777);
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(aside, folder.at(name));
  } catch (thrown) {
    await unlink(aside).catch(() => {}); // the failure itself is what matters
    throw thrown;
  }
}
