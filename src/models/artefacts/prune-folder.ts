import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Removes the files that were used longest ago until the rest has no more than so many bytes. */
export async function pruneFolder(folder: string, maxBytes: number): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const files = await Promise.all(
    names.map(async (name) => {
      const facts = await stat(join(folder, name)).catch(() => undefined);
      return facts?.isFile()
        ? { name, bytes: facts.size, used: Math.max(facts.atimeMs, facts.mtimeMs) }
        : undefined;
    }),
  );
  let left = maxBytes;
  for (const file of files.filter((one) => one !== undefined).sort((a, b) => b.used - a.used)) {
    left -= file.bytes;
    if (left < 0) await rm(join(folder, file.name), { force: true });
  }
}
