import type { ModelEntry } from "../../modelcar/manifest/types.ts";
import { onPath } from "../files/fs-error.ts";
import { readPath } from "../files/read.ts";
import { assertAllowed, locate, type Roots, realpathOf } from "../files/roots.ts";

const LIMITS = { max_file_size: 16 << 20, max_content_chars: 16 << 20 };

/** The text of a file that the tool may read. Rejects in words for the model. */
export const allowedText = async (path: string, roots: Roots): Promise<string> =>
  (await readPath({ path, offset: 1 }, roots, LIMITS)).content;

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;

/**
 * The reference as it may be read: a path becomes the real path of something allowed, anything else that has no scheme is an
 * image. Rejects when the path is outside of what is allowed.
 */
async function allowedReference(reference: string, roots: Roots): Promise<string> {
  const scheme = SCHEME.exec(reference)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "file") return reference;
  const path = scheme === "file" ? reference.slice("file://".length) : reference;
  const real = await onPath(path, () => realpathOf(locate(path, roots)));
  if (real !== undefined) {
    await assertAllowed(real, path, roots);
    return real;
  }
  if (scheme === "file" || /^[./]|\.(gguf|safetensors)$/i.test(path))
    throw new Error(`${path}: there is no such file or folder`);
  return `oci://${path}`;
}

/** The entries with references that may be read; names and arguments stay as they are. */
export const allowedEntries = (entries: readonly ModelEntry[], roots: Roots): Promise<ModelEntry[]> =>
  Promise.all(
    entries.map(async (entry) => ({ ...entry, image: await allowedReference(entry.image, roots) })),
  );
