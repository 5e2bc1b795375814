import { readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";

export interface PruneLimits {
  /** Of files and folders together; the ones that were used longest ago go first. */
  maxBytes: number;
  /** What was not used for so long goes; a folder is as old as its own last change. */
  maxAgeMs: number;
  /** Milliseconds since 1970: what was used since then stays, whatever the limits. */
  keepSince: number;
  /** Milliseconds since 1970. */
  now: number;
}

/** Removes from a folder what is too old, or too much; what cannot be removed stays. A folder that is not there is empty. */
export async function pruneFolder(folder: string, limits: PruneLimits): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const entries = await Promise.all(names.map((name) => entryAt(join(folder, name))));
  let left = limits.maxBytes;
  for (const { path, bytes, used } of entries.flat().sort((a, b) => b.used - a.used)) {
    left -= bytes;
    if (used >= limits.keepSince) continue;
    if (left < 0 || limits.now - used > limits.maxAgeMs)
      await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

async function entryAt(path: string): Promise<{ path: string; bytes: number; used: number }[]> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) return [];
  const { atimeMs, mtimeMs } = facts;
  if (facts.isDirectory()) return [{ path, bytes: await sizeIn(path), used: mtimeMs }];
  return [{ path, bytes: facts.size, used: Math.max(atimeMs, mtimeMs) }];
}

async function sizeIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = names.map((name) =>
    stat(join(folder, name)).then(
      (facts) => (facts.isFile() ? facts.size : 0),
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** Tells `pruneFolder` that a file is used: not every disk notes when a file was read. */
export async function markUsed(file: string, now: number): Promise<void> {
  await utimes(file, now / 1000, now / 1000).catch(() => {}); // it has gone, or is another user's
}
