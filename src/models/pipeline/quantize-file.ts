import { mkdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ExpectedError } from "../../base/errors.ts";
import { partialName, removeAbandoned } from "../../base/partial-name.ts";
import { systemReason } from "../../base/system-error.ts";
import { modelFileSize } from "../onnx/read-model.ts";
import { writeModel } from "../onnx/write-model.ts";
import { prepare } from "../quantize/prepare.ts";
import type { LayerReport } from "../quantize/types.ts";
import { ofVersion } from "../targets/of-version.ts";
import type { ModelTarget } from "../targets/types.ts";
import { calibrated, dataFacts, quantized, readIt, refuseUncalibrated } from "./common-steps.ts";
import { sourceModel } from "./export-source.ts";
import { marked, refuseOverwriting } from "./output-file.ts";
import { stepsOf } from "./steps.ts";
import type { PipelineDeps, QuantizeRequest } from "./types.ts";

export interface QuantizedFile {
  file: string;
  bytes: number;
  /** Of the model that it was made from. */
  sourceBytes: number;
  layers: LayerReport[];
}

/** Writes the model in another precision into a file, and nothing else. Rejects as `deployModel` does. */
export async function quantizeFile(
  request: QuantizeRequest & { outFile: string; force: boolean },
  deps: PipelineDeps,
): Promise<QuantizedFile> {
  await modelFileSize(request.modelFile);
  refuseUncalibrated(request);
  await refuseOverwriting(request.outFile, request.modelFile, request.force);
  const steps = stepsOf(deps);
  const folder = await temporary(request.outFile);
  try {
    const source = await readIt(await sourceModel(request, folder, deps, steps), steps);
    const data = await dataFacts(source, request, steps);
    const known = { ...request, target: await targetHere(request, deps) };
    const start = { request: known, deps, steps, source, prepared: prepare(source.model), data };
    const made = await quantized(start, await calibrated(start));
    await writeModel(marked(made.model, request.precision), request.outFile);
    const bytes = Bun.file(request.outFile).size + Bun.file(`${request.outFile}.data`).size;
    return { file: request.outFile, bytes, sourceBytes: source.bytes, layers: made.layers };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of an engine that is here, its version says what int8 models are like; the file may be for another machine's. */
async function targetHere(
  { target, precision }: QuantizeRequest,
  { world }: PipelineDeps,
): Promise<ModelTarget> {
  if (precision !== "int8") return target;
  const found = await target.available(world);
  return found.available ? ofVersion(target, found.version) : target;
}

/** Beside the file that is to be written: that it can be is known before anything is calibrated. */
async function temporary(file: string): Promise<string> {
  try {
    await removeAbandoned(dirname(file), basename(file));
    const folder = join(dirname(file), partialName(basename(file)));
    await mkdir(folder);
    return folder;
  } catch (cause) {
    throw new ExpectedError(
      `the model cannot be written here: ${systemReason(cause) ?? "the system does not say why"}`,
      {
        where: file,
        cause,
      },
    );
  }
}
