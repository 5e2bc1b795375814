import { constants } from "node:fs";
import { type FileHandle, lstat, open, readlink, realpath } from "node:fs/promises";
import { join } from "node:path";
import { assertAllowed, RefusedPath, type Roots } from "./roots.ts";

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** A folder held open: what is named through `at` stays in it, even if someone swaps its path for a link. */
export interface Folder {
  /** Its real path, as it was when opened. */
  path: string;
  /** A path of an entry, good for as long as the folder is open. */
  at(name: string): string;
}

/**
 * Opens what stands at a real path, checks that what was opened is allowed, runs `use`, closes. The check comes after
 * the opening and is about the open file itself, so there is no moment between check and use. A FIFO does not block;
 * a link in the last place is refused by the system (ELOOP).
 */
export async function withEntry<T>(
  real: string,
  asked: string,
  roots: Roots,
  use: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  const handle = await open(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    await assertAllowed(await pathOf(handle, real), asked, roots);
    return await use(handle);
  } finally {
    await handle.close();
  }
}

/** Opens a folder and runs `use` with it. Whether it is allowed is for the caller to check, by its `path`. */
export async function withFolder<T>(path: string, use: (folder: Folder) => Promise<T>): Promise<T> {
  const handle = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    return await use(await folderOf(handle, path));
  } finally {
    await handle.close();
  }
}

/** The folder that a handle is open on. */
export async function folderOf(handle: FileHandle, expected: string): Promise<Folder> {
  const path = await pathOf(handle, expected);
  const held = (await shownByKernel(handle)) === undefined ? path : `/proc/self/fd/${handle.fd}`;
  return { path, at: (name) => join(held, name) };
}

/** The real path of what a handle is open on; where the kernel does not tell, the path is looked up again. */
async function pathOf(handle: FileHandle, expected: string): Promise<string> {
  const shown = await shownByKernel(handle);
  if (shown !== undefined) return shown;
  const real = await realpath(expected);
  const [opened, named] = await Promise.all([handle.stat(), lstat(real)]);
  if (opened.ino === named.ino && opened.dev === named.dev) return real;
  throw new RefusedPath("the path changed while it was opened");
}

/** Linux only (proc_pid_fd(5)); undefined elsewhere, and where /proc is not mounted. */
const shownByKernel = (handle: FileHandle): Promise<string | undefined> =>
  readlink(`/proc/self/fd/${handle.fd}`).catch(() => undefined);
