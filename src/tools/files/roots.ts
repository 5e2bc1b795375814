import { realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { errorCode } from "../../base/errors.ts";
import { isInsideFolder } from "../../base/inside-folder.ts";

/** Folders and files that a tool may touch. */
export interface Roots {
  /** As the config writes them: what the model is told. */
  shown: readonly string[];
  /** Absolute, links not yet followed. */
  paths: readonly string[];
  baseDir: string;
}

export const rootsOf = (allowed: readonly string[], baseDir: string): Roots => ({
  shown: allowed,
  paths: allowed.map((path) => resolve(baseDir, path)),
  baseDir,
});

/** The path may not be touched; the message is for the model and names the path as it wrote it. */
export class RefusedPath extends Error {
  override readonly name = "RefusedPath";
}

/**
 * The absolute path that a model means: a relative one is taken from the config's folder when that leads to an allowed
 * place (`data/x` with `./data` allowed), else from the first allowed folder (`x`). Links are not followed here.
 */
export function locate(path: string, { paths, baseDir }: Roots): string {
  if (path.includes("\0")) throw new RefusedPath("a path must not hold a NUL character");
  if (isAbsolute(path)) return resolve(path);
  const fromBase = resolve(baseDir, path);
  return paths.some((root) => isInsideFolder(root, fromBase)) ? fromBase : join(paths[0]!, path);
}

/** Throws unless a real path (no links left in it) lies within the real path of an allowed one. */
export async function assertAllowed(real: string, asked: string, { shown, paths }: Roots): Promise<void> {
  for (const root of paths) {
    const realRoot = await realpathOfNew(root);
    if (realRoot !== undefined && isInsideFolder(realRoot, real)) return;
  }
  throw new RefusedPath(`${asked} is outside of what this tool may touch: ${shown.join(", ")}`);
}

/** The path without links; undefined when there is nothing there. */
export async function realpathOf(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (thrown) {
    const code = errorCode(thrown);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw thrown;
  }
}

/** The same for something that may yet have to be made in a folder that is there. */
async function realpathOfNew(path: string): Promise<string | undefined> {
  const real = await realpathOf(path);
  if (real !== undefined) return real;
  const folder = await realpathOf(dirname(path));
  return folder === undefined ? undefined : join(folder, basename(path));
}

/** Allowed paths that are not there, as the config writes them. */
export const missingRoots = (roots: Roots): Promise<string[]> => without(roots, realpathOf);

/** Those that could not even be made, since their own folder is not there: a mistake, or a missing volume. */
export const impossibleRoots = (roots: Roots): Promise<string[]> => without(roots, realpathOfNew);

async function without({ shown, paths }: Roots, find: typeof realpathOf): Promise<string[]> {
  const found = await Promise.all(paths.map(find));
  return shown.filter((_, i) => found[i] === undefined);
}
