import { mkdtempSync, realpathSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A fresh folder, removed when the scope ends: `await using dir = tempDir()`. */
export function tempDir(): { path: string } & AsyncDisposable {
  const path = mkdtempSync(join(realpathSync(tmpdir()), "agent2389-"));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
