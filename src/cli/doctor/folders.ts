import { stat } from "node:fs/promises";
import { dirname } from "node:path";

/** The folder, or the nearest one above it that is there. */
export async function existingFolder(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  const above = dirname(folder);
  return isThere || above === folder ? folder : existingFolder(above);
}
