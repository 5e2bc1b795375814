import { constants } from "node:fs";
import { type FileHandle, lstat, open, readlink, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCode } from "../../base/errors.ts";
import { assertAllowed, RefusedPath, type Roots } from "./roots.ts";

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Where the kernel shows what is open (Linux); elsewhere the path is looked up again. */
const HAS_PROC = process.platform === "linux";

/** A folder held open: what is named through `at` stays in it, even if someone swaps the path for a link. */
export interface Folder {
  /** The path of an entry, good for as long as the folder is open. */
  at(name: string): string;
  handle: FileHandle;
}

/**
 * Opens a folder, checks that what was opened is allowed, runs `use`, closes. The check comes after the opening and is
 * about the open folder itself, so there is no moment between check and use.
 */
export async function inFolder<T>(
  real: string,
  asked: string,
  roots: Roots,
  use: (folder: Folder) => Promise<T>,
): Promise<T> {
  const handle = await open(real, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    await assertAllowed(await pathOf(handle, real), asked, roots);
    const base = HAS_PROC ? `/proc/self/fd/${handle.fd}` : real;
    return await use({ handle, at: (name) => join(base, name) });
  } finally {
    await handle.close();
  }
}

/** Opens for reading what stands at a real path. The last part must not be a link; a FIFO does not block. */
export async function openEntry<T>(
  real: string,
  asked: string,
  roots: Roots,
  use: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  return inFolder(dirname(real), asked, parentsOf(roots), async (folder) => {
    const handle = await open(folder.at(basename(real)), O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((thrown) => {
      throw errorCode(thrown) === "ELOOP" ? new RefusedPath(`${asked} is a link that came up just now`) : thrown;
    });
    try {
      await assertAllowed(await pathOf(handle, real), asked, roots);
      return await use(handle);
    } finally {
      await handle.close();
    }
  });
}

/** An allowed path may be a single file: its folder is opened on the way to it. */
const parentsOf = (roots: Roots): Roots => ({ ...roots, paths: roots.paths.flatMap((path) => [path, dirname(path)]) });

/** The real path of what a handle is open on. */
async function pathOf(handle: FileHandle, expected: string): Promise<string> {
  if (HAS_PROC) return readlink(`/proc/self/fd/${handle.fd}`);
  const real = await realpath(expected);
  const [open, named] = await Promise.all([handle.stat(), lstat(real)]);
  if (open.ino !== named.ino || open.dev !== named.dev) throw new RefusedPath("the path changed while it was opened");
  return real;
}
