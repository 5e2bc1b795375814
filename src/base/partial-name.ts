import { existsSync } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { systemClock } from "./clock.ts";
import { errorCode } from "./errors.ts";
import { newId } from "./ids.ts";

/** Machines and containers that share a disk do not know each other's processes. */
const host = (): string => new Bun.CryptoHasher("sha256").update(hostname()).digest("hex").slice(0, 8);

/** A hidden name for what is to become `name`, and is not yet whole; it says whose it is. */
export const partialName = (name: string): string => `.${name}.${host()}-${process.pid}.${newId()}.partial`;

const OWN = /^\.([0-9a-f]{8})-(\d+)\.[0-9a-f-]{36}\.partial(\.old)?$/;
/** Of a process on another machine nothing is known: nobody works on one thing for longer. */
const ABANDONED_MS = 7 * 86_400_000;

/**
 * Removes what processes that were killed have left of `name` in the folder. What one had put aside to replace it is put back
 * where nothing has taken its place.
 */
export async function removeAbandoned(
  folder: string,
  name: string,
  now: number = systemClock.now(),
): Promise<void> {
  for (const entry of await readdir(folder).catch(() => [])) {
    if (!entry.startsWith(`.${name}.`)) continue;
    const [match, owner, pid, old] = OWN.exec(entry.slice(name.length + 1)) ?? [];
    if (match === undefined) continue;
    const path = join(folder, entry);
    if (owner === host() ? isAlive(Number(pid)) : await isYoung(path, now)) continue;
    if (old !== undefined && !existsSync(join(folder, name))) await rename(path, join(folder, name));
    else await rm(path, { recursive: true, force: true });
  }
}

const isYoung = (path: string, now: number): Promise<boolean> =>
  stat(path).then(
    ({ mtimeMs }) => now - mtimeMs < ABANDONED_MS,
    () => true,
  );

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return errorCode(thrown) === "EPERM"; // another user's
  }
}
