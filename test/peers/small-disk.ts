import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of a few MiB that can be filled to the last byte. */
export interface SmallDisk {
  path: string;
  fill(): void;
  /** Takes back what filled it. */
  free(): void;
  remove(): void;
}

/** Why there can be no small disk here; undefined where there can. */
export function whyNoSmallDisk(): string | undefined {
  if (process.platform !== "linux") return "tmpfs is of Linux";
  if (process.getuid?.() !== 0) return "only root may mount a file system";
  const dir = mkdtempSync(join(tmpdir(), "mount-"));
  const mounted = run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir);
  if (mounted) run("umount", dir);
  rmdirSync(dir);
  return mounted ? undefined : "this root may not mount a file system";
}

export function smallDisk(mebibytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), "small-disk-"));
  if (!run("mount", "-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", path))
    throw new Error(`no file system could be mounted at ${path}`);
  const ballast = join(path, "ballast");
  return {
    path,
    fill: () => writeUntilFull(ballast),
    free: () => rmSync(ballast, { force: true }),
    remove() {
      run("umount", "-l", path);
      rmdirSync(path);
    },
  };
}

const run = (program: string, ...args: string[]): boolean =>
  spawnSync(program, args, { stdio: "ignore" }).status === 0;

function writeUntilFull(file: string): void {
  const handle = openSync(file, "a");
  try {
    for (const piece of [Buffer.alloc(64 * 1024), Buffer.alloc(4096), Buffer.alloc(1)])
      writeAll(handle, piece);
  } finally {
    closeSync(handle);
  }
}

function writeAll(handle: number, piece: Buffer): void {
  try {
    while (writeSync(handle, piece) > 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}
