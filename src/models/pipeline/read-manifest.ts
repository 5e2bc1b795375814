import { stat } from "node:fs/promises";
import { join } from "node:path";
import { ExpectedError } from "../../base/errors.ts";
import { isInsideFolder } from "../../base/inside-folder.ts";
import { parseJson } from "../../base/json.ts";
import { sha256OfFile } from "../../base/sha256-file.ts";
import * as z from "../../base/zod.ts";
import { MANIFEST_FILE, type Manifest, manifestSchema } from "./manifest.ts";

/** The manifest of an artefact. Rejects with an ExpectedError for a folder that has none. */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, MANIFEST_FILE);
  const file = Bun.file(path);
  if (!(await file.exists())) {
    throw new ExpectedError(`this folder is no deployed model: it has no ${MANIFEST_FILE}`, {
      where: folder,
      hint: "Name a folder that 'deploy-model run' wrote, or a .onnx file.",
    });
  }
  const parsed = manifestSchema().safeParse(parseJson(await file.text()));
  if (parsed.success) return parsed.data;
  throw new ExpectedError(`the manifest is damaged: ${z.prettifyError(parsed.error)}`, { where: path });
}

/** Rejects with an ExpectedError where a file of the artefact is not the one that the manifest tells of. */
export async function checkFiles(folder: string, { files }: Pick<Manifest, "files">): Promise<void> {
  for (const { path, sha256 } of files) {
    const file = join(folder, path);
    if (!isInsideFolder(folder, file))
      throw new ExpectedError(`${MANIFEST_FILE} names a file outside the artefact's folder: ${path}`, {
        where: folder,
        hint: AGAIN,
      });
    if (!(await Bun.file(file).exists()))
      throw new ExpectedError("a file of the artefact is missing", { where: file, hint: AGAIN });
    const found = await sha256OfFile(file);
    if (found === sha256) continue;
    throw new ExpectedError(
      `this file of the artefact was changed: its SHA-256 is ${found}, and ${MANIFEST_FILE} says ${sha256}`,
      { where: file, hint: AGAIN },
    );
  }
}

const AGAIN =
  "Deploy the model again, or name the model file itself in place of the folder: then its manifest is not used.";

/** Whether it is a folder; what is not there is none. */
export const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
