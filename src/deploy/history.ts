import { readdir, readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { ExpectedError, errorCode, toError } from "../base/errors.ts";
import { systemReason } from "../base/system-error.ts";
import type { Files } from "./target.ts";
import { writeFiles } from "./write-files.ts";

/**
 * The rendered files of a deployment, as this machine knows them: those in use, in a folder whose path never changes;
 * those of the last deployment that went well; and those of the one before it.
 */
export interface History {
  /** Puts files to use: the folder holds these and no others. */
  use(files: Files): Promise<void>;
  /** Leaves what is in use; where nothing is known, these are put to use. */
  useUnlessKnown(files: Files): Promise<void>;
  /** Lets the folder hold these files for as long as `look` takes. */
  lend<T>(files: Files, look: () => Promise<T>): Promise<T>;
  /** The deployment of what is in use went well. */
  keep(): Promise<void>;
  /**
   * Puts the files of the version before to use: of the last deployment that went well, if another one has failed since,
   * else of the one before it. False: none are known.
   */
  goBack(): Promise<boolean>;
  /** Going back went well. */
  wentBack(): Promise<void>;
  /** Leaves nothing behind. */
  forget(): Promise<void>;
}

export function deployHistory(folder: string): History {
  const [good, before] = [`${folder}.deployed`, `${folder}.before`];
  return {
    use: (files) => replaceFolder(folder, files),
    async useUnlessKnown(files) {
      if ((await readFolder(folder)) === undefined) await replaceFolder(folder, files);
    },
    async lend(files, look) {
      const used = await readFolder(folder);
      await replaceFolder(folder, files);
      try {
        return await look();
      } finally {
        if (used === undefined) await removeFolder(folder);
        else await replaceFolder(folder, used);
      }
    },
    async keep() {
      const [used, last] = [await readFolder(folder), await readFolder(good)];
      if (used === undefined || same(used, last)) return;
      if (last !== undefined) await replaceFolder(before, last);
      await replaceFolder(good, used);
    },
    async goBack() {
      const [used, last] = [await readFolder(folder), await readFolder(good)];
      const wanted = same(used, last) ? await readFolder(before) : last;
      if (wanted === undefined) return false;
      await replaceFolder(folder, wanted);
      return true;
    },
    async wentBack() {
      const [used, last] = [await readFolder(folder), await readFolder(good)];
      if (used === undefined || last === undefined || same(used, last)) return;
      await replaceFolder(before, last);
      await replaceFolder(good, used);
    },
    async forget() {
      for (const each of [folder, good, before]) await removeFolder(each);
    },
  };
}

const same = (a: Files | undefined, b: Files | undefined): boolean =>
  a !== undefined && b !== undefined && Bun.deepEquals(a, b);

async function readFolder(folder: string): Promise<Files | undefined> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const texts = await Promise.all(
      files.sort().map(async (file) => [relative(folder, file), await readFile(file, "utf8")] as const),
    );
    return Object.fromEntries(texts);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw cannot("read", folder, error);
  }
}

async function replaceFolder(folder: string, files: Files): Promise<void> {
  await removeFolder(folder);
  await writeFiles(folder, files, { force: true });
}

async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch (error) {
    throw cannot("remove", folder, error);
  }
}

const cannot = (what: string, folder: string, cause: unknown): ExpectedError =>
  new ExpectedError(`cannot ${what} ${folder}: ${systemReason(cause) ?? toError(cause).message}`, {
    cause,
    hint: "It holds rendered files of deployments, and can be made again.",
  });
