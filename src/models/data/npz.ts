import { unzipSync } from "fflate";
import { toError } from "../../base/errors.ts";
import type { ArrayFile } from "./array-file.ts";
import { atPlace, DataError } from "./data-error.ts";
import { npyOf } from "./npy.ts";

/** All of its arrays are in memory while it is used; this is for what is unpacked, whatever the archive says. */
const MAX_UNPACKED = 4 * 2 ** 30;

/** The arrays of an .npz file (a zip of .npy files) by their names. Throws a DataError. */
export async function openNpz(file: string, maxUnpacked = MAX_UNPACKED): Promise<Map<string, ArrayFile>> {
  const source = Bun.file(file);
  if (source.size > maxUnpacked) throw tooLarge(file, maxUnpacked);
  const archive = await source.bytes();
  let total = 0;
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(archive, {
      filter({ name, originalSize }) {
        if (!name.endsWith(".npy")) return false;
        total += originalSize;
        if (total > maxUnpacked) throw tooLarge(file, maxUnpacked);
        return true;
      },
    });
  } catch (thrown) {
    if (thrown instanceof DataError) throw thrown;
    throw new DataError(`the .npz file cannot be unpacked: ${toError(thrown).message}`, {
      where: file,
      cause: thrown,
    });
  }
  return new Map(
    Object.entries(entries).map(([name, bytes]) => {
      const key = name.slice(0, -".npy".length);
      return [key, atPlace(`${file}, ${key}`, () => npyOf(`${file}, ${key}`, bytes))];
    }),
  );
}

const tooLarge = (file: string, most: number) =>
  new DataError(`the .npz file holds more than ${most} bytes`, {
    where: file,
    hint: "Save fewer samples, or each array as an .npy file of its own: those are read piece by piece.",
  });
