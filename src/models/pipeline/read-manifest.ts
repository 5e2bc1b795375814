import { stat } from "node:fs/promises";
import { join } from "node:path";
import { ExpectedError } from "../../base/errors.ts";
import { parseJson } from "../../base/json.ts";
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

/** Whether it is a folder; what is not there is none. */
export const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
