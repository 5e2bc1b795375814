import { rename, rm, stat, writeFile } from "node:fs/promises";
import { newId } from "./ids.ts";

/**
 * Writes a file in one step: who reads it meanwhile, or after a failure, finds the old one whole or the new one. What is there
 * and is no file (a pipe, /dev/stdout) is written as it is. Rejects with what the system says.
 */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const facts = await stat(path).catch(() => undefined);
  return facts !== undefined && !facts.isFile() ? writeFile(path, content) : writeWhole(path, content);
}

/**
 * Puts a file in its place in one step, whatever stood there. `mode` is that of the file (less the umask).
 * Rejects with what the system says.
 */
export async function writeWhole(path: string, content: string | Uint8Array, mode = 0o666): Promise<void> {
  const fresh = `${path}.${newId()}.partial`;
  try {
    await writeFile(fresh, content, { flag: "wx", mode });
    await rename(fresh, path);
  } catch (thrown) {
    await rm(fresh, { force: true }).catch(() => {}); // the folder itself is at fault
    throw thrown;
  }
}
