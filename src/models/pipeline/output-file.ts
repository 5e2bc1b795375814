import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ExpectedError, UsageError } from "../../base/errors.ts";
import { isSameFile } from "../../base/same-file.ts";
import { externalFiles } from "../onnx/external-files.ts";
import { readModel } from "../onnx/read-model.ts";
import type { OnnxModel } from "../onnx/types.ts";

/** In the metadata of a model that was written by `quantizeFile`: what it was made into. */
const MARK = "agent2389.precision";

/** The model, known again as one of ours. */
export const marked = (model: OnnxModel, precision: string): OnnxModel => ({
  ...model,
  metadata: new Map([...model.metadata, [MARK, precision]]),
});

/**
 * Rejects with a UsageError where writing the model would destroy what it is made of, or what is no file (a device, a pipe),
 * and with an ExpectedError where a file is there that is no product of ours, unless `force` says so.
 */
export async function refuseOverwriting(outFile: string, modelFile: string, force: boolean): Promise<void> {
  const there = await stat(outFile).catch(() => undefined);
  const written = [outFile, `${outFile}.data`].filter((file) => existsSync(file));
  // The model is read here only where something is there that it could be.
  for (const source of written.length === 0 ? [] : await filesOf(modelFile)) {
    for (const file of written) {
      if (await isSameFile(file, source))
        throw new UsageError("the model would be written over the one that it is made from", {
          where: file,
          hint: "Name another file with --out.",
        });
    }
  }
  if (there !== undefined && !there.isFile())
    throw new UsageError("what is there is no file, and a model cannot be written in its place", {
      where: outFile,
      hint: "Name a file with --out.",
    });
  if (force || there === undefined || (await isOurs(outFile))) return;
  throw new ExpectedError("there is a file here already that 'deploy-model quantize' did not write", {
    where: outFile,
    hint: "Name another file with --out, or write over it with --force.",
  });
}

/** The model, and those beside it that it has weights in; of another format, and of what cannot be read, the file alone. */
async function filesOf(modelFile: string): Promise<string[]> {
  const model = await readModel(modelFile).catch(expected);
  const beside = model ? externalFiles(model).map((name) => join(dirname(modelFile), name)) : [];
  return [modelFile, ...beside];
}

async function isOurs(file: string): Promise<boolean> {
  return (await readModel(file).catch(expected))?.metadata.has(MARK) ?? false;
}

/** What the model has against it is told where it is read to be quantized. */
function expected(thrown: unknown): undefined {
  if (!(thrown instanceof ExpectedError)) throw thrown;
}
