import { rename, rm, stat, writeFile } from "node:fs/promises";
import { newId } from "./ids.ts";

/**
 * Writes a file in one step: who reads it meanwhile, or after a failure, finds the old one whole or the new one. What is there
 * and is no file (a pipe, /dev/stdout) is written as it is. Rejects with what the system says.
 */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const facts = await stat(path).catch(() => undefined);
  if (facts !== undefined && !facts.isFile()) return writeFile(path, content);
  const fresh = `${path}.${newId()}.partial`;
  try {
    await writeFile(fresh, content, { flag: "wx" });
    await rename(fresh, path);
  } catch (thrown) {
    await rm(fresh, { force: true }).catch(() => {}); // the folder itself is at fault
    throw thrown;
  }
}
