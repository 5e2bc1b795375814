import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ExpectedError, errorCode } from "../../base/errors.ts";
import { parseJson, stringField } from "../../base/json.ts";
import { partialName, removeAbandoned } from "../../base/partial-name.ts";
import { systemReason } from "../../base/system-error.ts";
import { MANIFEST_FILE, MANIFEST_FORMAT } from "./manifest.ts";

/**
 * Fills a folder under a temporary name beside the final one, and puts it in place when `fill` has ended: whatever goes wrong,
 * nothing stands under the final name that was not there before. Rejects with an ExpectedError for a place that holds
 * something else, and for what the system refuses (a full disk).
 */
export async function writeFolder<T>(folder: string, fill: (staging: string) => Promise<T>): Promise<T> {
  await refuseStranger(folder);
  const staging = join(dirname(folder), partialName(basename(folder)));
  try {
    await removeAbandoned(dirname(folder), basename(folder));
    await mkdir(staging, { recursive: true });
    const outcome = await fill(staging);
    await putInPlace(staging, folder);
    return outcome;
  } catch (thrown) {
    throw explained(thrown, folder);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** What is there already must be an artefact, or empty. */
async function refuseStranger(folder: string): Promise<void> {
  const files = await filesIn(folder);
  if (files.length === 0 || (await isArtifact(folder))) return;
  throw new ExpectedError("there is something here already that is no deployed model", {
    where: folder,
    hint: "Name another folder with --out.",
  });
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (thrown) {
    if (errorCode(thrown) === "ENOENT") return [];
    throw new ExpectedError(
      `the artefact cannot be written here: ${systemReason(thrown) ?? errorCode(thrown)}`,
      {
        where: folder,
        cause: thrown,
      },
    );
  }
}

async function isArtifact(folder: string): Promise<boolean> {
  const manifest = Bun.file(join(folder, MANIFEST_FILE));
  return (
    (await manifest.exists()) && stringField(parseJson(await manifest.text()), "format") === MANIFEST_FORMAT
  );
}

async function putInPlace(staging: string, folder: string): Promise<void> {
  const old = `${staging}.old`;
  const replaces = await rename(folder, old).then(
    () => true,
    (thrown) => {
      if (errorCode(thrown) === "ENOENT") return false;
      throw thrown;
    },
  );
  try {
    await rename(staging, folder);
  } catch (thrown) {
    if (replaces) await rename(old, folder);
    throw thrown;
  }
  if (replaces) await rm(old, { recursive: true, force: true });
}

function explained(thrown: unknown, folder: string): unknown {
  if (thrown instanceof ExpectedError) return thrown;
  const reason = systemReason(thrown);
  if (reason === undefined) return thrown;
  return new ExpectedError(`the artefact cannot be written: ${reason}`, {
    where: folder,
    hint: "Nothing of it was left. Make room, or name another folder with --out.",
    cause: thrown,
  });
}
