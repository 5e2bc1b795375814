import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import type { RunFolder } from "./run-folder.ts";

/** Beyond this a log begins anew, and the one before is kept. */
const MAX_BYTES = 10 * 2 ** 20;

/** Writes down what the processes write, for `logs`. */
export function logFiles(folder: RunFolder): { append(name: string, line: string): void } {
  const sizes = new Map<string, number>();
  mkdirSync(folder.logs, { recursive: true, mode: 0o700 });
  return {
    append(name, line) {
      const file = folder.log(name);
      const size = sizes.get(name) ?? statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      const bytes = Buffer.byteLength(line) + 1;
      const full = size > 0 && size + bytes > MAX_BYTES;
      if (full) renameSync(file, `${file}.1`);
      appendFileSync(file, `${line}\n`, { mode: 0o600 });
      sizes.set(name, (full ? 0 : size) + bytes);
    },
  };
}
