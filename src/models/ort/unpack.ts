import { lstat, mkdir, mkdtemp, open, rename, rm, stat } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { ExpectedError, toError } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import type { PackedFile } from "./native-files.ts";

/**
 * Unpacks the files into a folder named by their content, unless they are there; returns the folder. It appears at once
 * and complete, so that processes that do this at the same time do not meet. Nobody else may write to it: what lies in
 * it is run by this process.
 */
export async function unpack(
  files: readonly PackedFile[],
  digest: string,
  cacheDir: string,
): Promise<string> {
  const parent = join(cacheDir, "onnxruntime");
  const folder = join(parent, digest);
  try {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    await checkOwner(parent);
    if (!(await isComplete(folder, files))) await place(folder, files);
    return folder;
  } catch (thrown) {
    throw explained(thrown, parent, files);
  }
}

async function place(folder: string, files: readonly PackedFile[]): Promise<void> {
  const partial = await mkdtemp(`${folder}.`);
  try {
    for (const file of files) await writeSynced(join(partial, file.name), await contentOf(file));
    await renameOver(partial, folder, () => isComplete(folder, files));
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** A folder that is there was put there by another process meanwhile, or somebody damaged it. */
async function renameOver(from: string, to: string, isGood: () => Promise<boolean>): Promise<void> {
  try {
    await rename(from, to);
  } catch (thrown) {
    if (await isGood()) return;
    await rm(to, { recursive: true, force: true });
    await rename(from, to).catch(() => {
      throw thrown;
    });
  }
}

const contentOf = async ({ file }: PackedFile): Promise<Uint8Array> =>
  Bun.zstdDecompress(await Bun.file(file).bytes());

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, "wx", 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function isComplete(folder: string, files: readonly PackedFile[]): Promise<boolean> {
  const sizes = await Promise.all(
    files.map(({ name }) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => -1,
      ),
    ),
  );
  return files.every(({ size }, i) => size === sizes[i]);
}

async function checkOwner(folder: string): Promise<void> {
  const { uid } = userInfo();
  const facts = await lstat(folder);
  // Windows has no user ids (-1), and keeps a user's folders from others by their place.
  if (facts.isDirectory() && (uid === -1 || (facts.uid === uid && (facts.mode & 0o022) === 0))) return;
  throw new ExpectedError("the folder for ONNX Runtime is not this user's alone", {
    where: folder,
    hint: "Others could put their own library there. Remove it, or name another cache folder with XDG_CACHE_HOME.",
  });
}

function explained(thrown: unknown, folder: string, files: readonly PackedFile[]): Error {
  const reason = systemReason(thrown);
  if (thrown instanceof ExpectedError || reason === undefined) return toError(thrown);
  const megabytes = Math.ceil(files.reduce((sum, { size }) => sum + size, 0) / 1e6);
  return new ExpectedError(`ONNX Runtime cannot be unpacked: ${reason}`, {
    where: folder,
    hint: `It takes ${megabytes} MB in a folder that can be written. Name another cache folder with XDG_CACHE_HOME.`,
    cause: thrown,
  });
}
