import { rm } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { ExpectedError, UsageError } from "../base/errors.ts";
import { isInsideFolder } from "../base/inside-folder.ts";
import { modelFileSize } from "./onnx/read-model.ts";
import { writeFolder } from "./pipeline/artifact-folder.ts";
import { buildModel } from "./pipeline/build.ts";
import { bundleInto, writeDeployment } from "./pipeline/bundle.ts";
import {
  calibrated,
  dataFacts,
  openBaseline,
  quantized,
  readIt,
  refuseUncalibrated,
} from "./pipeline/common-steps.ts";
import type { Deployment } from "./pipeline/deployment.ts";
import { sourceModel } from "./pipeline/export-source.ts";
import { noiseOfLayers } from "./pipeline/layer-noise.ts";
import { writeReports } from "./pipeline/reports.ts";
import { resultOf } from "./pipeline/result.ts";
import { stepsOf } from "./pipeline/steps.ts";
import { tryDeployed } from "./pipeline/try-deployed.ts";
import type { DeployRequest, PipelineDeps } from "./pipeline/types.ts";
import { writeCalibrationCache } from "./pipeline/write-calibration-cache.ts";
import { prepare } from "./quantize/prepare.ts";
import type { Result } from "./report/result-schema.ts";
import { machineLine } from "./targets/machine.ts";
import { ofVersion } from "./targets/of-version.ts";
import type { ModelTarget } from "./targets/types.ts";

/** Within the folder that is filled, until it is done. */
const EXPORT_FOLDER = "export";

/**
 * Deploys a model: reads it (exports it first, if it is PyTorch's), calibrates, quantizes, builds for the target, holds it
 * against the float model, reports. The folder appears under its name when all is done, whatever the verdict; on a failure,
 * and when the signal aborts, nothing of it is left. Rejects with an ExpectedError for everything that a person can mend.
 */
export async function deployModel(request: DeployRequest, deps: PipelineDeps): Promise<Result> {
  await modelFileSize(request.modelFile);
  refuseUncalibrated(request);
  refuseInside(request);
  const known = { ...request, target: await targetHere(request, deps) };
  return writeFolder(request.outFolder, (staging) => deployInto(staging, known, deps));
}

/** The folder is replaced as a whole: what is needed must not lie in it. */
function refuseInside({ outFolder, modelFile, calibration, validation }: DeployRequest): void {
  const within = [modelFile, calibration?.path, validation?.path].find(
    (path) => path !== undefined && isInsideFolder(outFolder, path),
  );
  if (within === undefined) return;
  throw new UsageError("the folder for the artefact would be written over what it is made from", {
    where: within,
    hint: `Name another folder than ${outFolder} with --out.`,
  });
}

async function targetHere({ target }: DeployRequest, { world }: PipelineDeps): Promise<ModelTarget> {
  const found = await target.available(world);
  if (found.available) return ofVersion(target, found.version);
  throw new ExpectedError(`the target ${target.name} is not available here: ${found.reason}`, {
    hint: found.hint,
  });
}

async function deployInto(staging: string, request: DeployRequest, deps: PipelineDeps): Promise<Result> {
  const steps = stepsOf(deps);
  const onnxFile = await sourceModel(request, join(staging, EXPORT_FOLDER), deps, steps);
  const source = await readIt(onnxFile, steps);
  const baseline = await openBaseline(source, request, deps);
  try {
    const data = await dataFacts(source, request, steps);
    const start = { request, deps, steps, source, prepared: prepare(source.model), data, baseline, staging };
    return await finish({ ...start, calibrated: await calibrated(start) });
  } finally {
    await baseline.close();
  }
}

async function finish(deployment: Deployment): Promise<Result> {
  const { request, deps, steps, source, data, calibrated: found, staging } = deployment;
  const made = await quantized(deployment, found);
  const built = await steps.run(
    "build",
    `Building for ${request.target.name}`,
    () => buildModel(deployment, made),
    ({ artifact }) => `${artifact.files[0].bytes.toLocaleString("en-US")} bytes`,
  );
  const tried = await tryDeployed(deployment, built);
  await writeCalibrationCache(deployment, tried.built.artifact);
  if (request.bundle) await bundleInto(deployment, tried);
  const noise = await noiseOfLayers(deployment, tried.built.made);
  const result = resultOf({
    program: deps.program,
    source,
    modelFile: request.modelFile,
    target: request.target.name,
    machine: tried.validation?.deployed.machine ?? machineLine(deps.world.machine),
    precision: request.precision,
    inputs: data.inputs,
    how: data.how,
    guessed: data.guessed,
    onDevice: request.bundle !== true,
    calibration: found && { ...found, request: request.calibration! },
    layers: tried.built.made.layers,
    noise,
    mixed: tried.mixed,
    artifact: tried.built.artifact,
    folder: request.outFolder,
    staging,
    validation: tried.validation,
    worst: tried.worst,
    warnings: steps.warnings,
    times: steps.times,
  });
  deps.world.signal.throwIfAborted();
  await rm(join(staging, EXPORT_FOLDER), { recursive: true, force: true });
  if (request.bundle) await writeDeployment(staging, result);
  await writeReports(staging, nameOf(request.modelFile), result);
  return result;
}

/** `yolov8n` of `/models/yolov8n.onnx`. */
export const nameOf = (modelFile: string): string => basename(modelFile, extname(modelFile));
