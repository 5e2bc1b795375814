import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { parseJson } from "../../base/json.ts";
import { writeWhole } from "../../base/replace-file.ts";
import { systemReason } from "../../base/system-error.ts";

const MAX_ENTRY = 16_777_216;

/** The name of an entry's file. */
export const hashed = (text: string): string => Bun.SHA256.hash(text, "hex");

/**
 * The value that a file of a cache holds; undefined when it is not there, or broken. Read at once: entries are small, and
 * the way to another thread and back takes three times as long.
 */
export function readJson(file: string): unknown {
  try {
    const text = readFileSync(file, "utf8");
    return text.length > MAX_ENTRY ? undefined : parseJson(text);
  } catch (thrown) {
    if (systemReason(thrown) === undefined) throw thrown;
    return undefined; // not there, or not to be read: as good as not kept
  }
}

/**
 * In one step, so that no reader ever sees half a file; for its owner alone. A folder that cannot be written is no failure.
 * @returns why it was not kept.
 */
export async function writeJson(file: string, value: unknown): Promise<string | undefined> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeWhole(file, JSON.stringify(value), 0o600);
    return undefined;
  } catch (thrown) {
    const reason = systemReason(thrown);
    if (reason === undefined) throw thrown;
    return `what was read is not kept in ${dirname(file)}: ${reason}`;
  }
}
