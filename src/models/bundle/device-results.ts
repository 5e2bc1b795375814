import { lstat, readdir, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { ExpectedError } from "../../base/errors.ts";
import { isInsideFolder } from "../../base/inside-folder.ts";
import { versionOfNumber, versionText } from "../targets/jetson/version.ts";
import { RESULTS_ARCHIVE, RESULTS_FOLDER } from "./bundle-manifest.ts";

/** What the device wrote, from the folder or from its archive. */
export interface Results {
  names(): Promise<ReadonlySet<string>>;
  /** Rejects with an ExpectedError where it is missing. */
  text(name: string): Promise<string>;
}

/** Of a bundle that came back. Rejects with an ExpectedError for an archive that holds anything else. */
export async function openResults(folder: string): Promise<Results> {
  const archive = join(folder, RESULTS_ARCHIVE);
  if (await Bun.file(archive).exists()) return archivedResults(archive);
  const results = join(folder, RESULTS_FOLDER);
  return {
    names: async () => new Set(await readdir(results).catch(() => [])),
    text: async (name) => new TextDecoder().decode(await contentOf(results, name)),
  };
}

/** A plain tar, read where it is: nothing is unpacked, so nothing in it can lead out of a folder. */
async function archivedResults(archive: string): Promise<Results> {
  const files = await new Bun.Archive(await Bun.file(archive).bytes()).files().catch((cause: unknown) => {
    throw new ExpectedError("the archive of the results cannot be read", { where: archive, cause });
  });
  const stranger = [...files.keys()].find(
    (path) => !/^(\.\/)?results\/[\w.-]+$/.test(path) || /\/\.+$/.test(path),
  );
  if (stranger !== undefined) {
    throw new ExpectedError(`the archive holds what is no result: ${JSON.stringify(stranger)}`, {
      where: archive,
      hint: "run.sh packs files of the folder results only: the archive was changed.",
    });
  }
  const byName = new Map([...files].map(([path, file]) => [path.replace(/^.*\//, ""), file]));
  return {
    names: async () => new Set(byName.keys()),
    async text(name) {
      const file = byName.get(name);
      if (file) return file.text();
      throw missingFile(name, archive);
    },
  };
}

const missingFile = (name: string, where: string, cause?: unknown): ExpectedError =>
  new ExpectedError(`${name} is missing`, {
    where,
    hint: "Run the bundle on the device again: sh run.sh",
    cause,
  });

/** A file of the folder itself: no link out of it, no device. */
export async function contentOf(folder: string, path: string): Promise<Uint8Array> {
  const file = join(folder, path);
  try {
    const [root, real, facts] = await Promise.all([realpath(folder), realpath(file), lstat(file)]);
    if (facts.isFile() && isInsideFolder(root, real)) return await readFile(real);
  } catch (cause) {
    throw missingFile(path, folder, cause);
  }
  throw new ExpectedError("this is no file of the bundle: it leads elsewhere", { where: file });
}

export interface Device {
  tensorrt: string;
  machine: string;
}

/** What run.sh writes: the version of TensorRT, the system, and the board where the device tree names it. */
export function parseDevice(text: string): Device {
  const [first = "", system = "", board = ""] = text.split("\n").map((line) => line.trim());
  const digits = /^tensorrt (\d{4,6})$/.exec(first)?.[1];
  if (digits === undefined)
    throw new ExpectedError("device.txt of the results does not tell the version of TensorRT");
  const version = versionText(versionOfNumber(Number(digits)));
  return { tensorrt: version, machine: board === "" || board.startsWith("#") ? system : board };
}
