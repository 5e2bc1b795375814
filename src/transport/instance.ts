import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Env } from "../base/env.ts";
import { ExpectedError, errorCode } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { readIfThere } from "../base/read-if-there.ts";

/**
 * What tells the replicas of one agent apart: the host's name, as every container and pod has one of its own; where that
 * is not set, a name that is made up once and kept in the data folder, which belongs to one replica.
 */
export async function instanceName(env: Env, dataDir: string): Promise<string> {
  const host = env["HOSTNAME"]?.replace(/[^\w.-]+/g, "-");
  return host ? host : keptName(dataDir);
}

async function keptName(dataDir: string): Promise<string> {
  const file = join(dataDir, "instance");
  try {
    const kept = (await readIfThere(file))?.trim();
    if (kept) return kept;
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const name = newId().slice(0, 8);
    await writeFile(file, `${name}\n`, { mode: 0o600 });
    return name;
  } catch (error) {
    throw new ExpectedError(
      `the name of this replica cannot be kept in ${file} (${errorCode(error) ?? error})`,
      {
        hint: "Make the folder writable, name another with [storage] dir, or set HOSTNAME.",
        cause: error,
      },
    );
  }
}
