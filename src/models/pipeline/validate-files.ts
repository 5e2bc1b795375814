import { basename, join } from "node:path";
import { counted } from "../../base/counted.ts";
import { ExpectedError } from "../../base/errors.ts";
import type { InputShape } from "../data/input-shapes.ts";
import type { PreprocessingChoice } from "../data/preprocessing.ts";
import { validationResult } from "../report/validation-result.ts";
import type { ValidationResult } from "../report/validation-schema.ts";
import { ortRunner } from "../targets/cpu/runner.ts";
import { TARGET_NAMES, TARGETS } from "../targets/index.ts";
import type { World } from "../targets/types.ts";
import type { Runner } from "../validate/runner.ts";
import { dataFacts, readIt } from "./common-steps.ts";
import { MANIFEST_FILE, type Manifest } from "./manifest.ts";
import { checkFiles, isFolder, readManifest } from "./read-manifest.ts";
import type { Source } from "./source.ts";
import { type Steps, stepsOf } from "./steps.ts";
import type { PipelineDeps, ValidationRequest } from "./types.ts";
import { openTestSamples, validateWhole, withTruth } from "./validation.ts";

export interface ValidateRequest {
  /** .onnx */
  baseline: string;
  /** .onnx, which ONNX Runtime runs, or the folder of an artefact. */
  deployed: string;
  inputShapes: readonly InputShape[];
  preprocessing: PreprocessingChoice | undefined;
  labels: readonly string[] | undefined;
  threads?: number | undefined;
  validation: ValidationRequest;
}

/** Holds a model, or an artefact on its target, against a float model by ONNX Runtime on this machine. */
export async function validateFiles(
  request: ValidateRequest,
  deps: Pick<PipelineDeps, "world" | "clock" | "progress">,
): Promise<ValidationResult> {
  const { world } = deps;
  const { threads, validation } = request;
  const steps = stepsOf(deps);
  const manifest = (await isFolder(request.deployed)) ? await readManifest(request.deployed) : undefined;
  if (manifest) await checkFiles(request.deployed, manifest);
  const source = await readIt(request.baseline, steps);
  if (manifest) refuseOtherSource(manifest, source, request);
  const data = await dataFacts(source, withManifest(request, manifest), steps);
  const ort = await world.openOrt();
  const baseline = await ortRunner(
    { name: "float", modelFile: source.file, bytes: source.bytes, threads },
    ort,
    world,
  );
  try {
    const deployed = manifest
      ? await deployedRunner(manifest, request, world)
      : await modelRunner(request.deployed, request, steps, world);
    try {
      const samples = await openTestSamples(validation, data, world.signal, steps);
      const compared = await steps.run(
        "validate",
        `Comparing ${counted(samples.count, "sample")}`,
        () =>
          validateWhole(baseline, deployed, withTruth(samples, data), validation, {
            signal: world.signal,
            progress: steps.count("validate"),
          }),
        ({ verdict }) => verdict.text,
      );
      return validationResult(compared, {
        labels: samples.labels,
        skipped: samples.skipped,
        notes: steps.warnings,
      });
    } finally {
      await deployed.close();
    }
  } finally {
    await baseline.close();
  }
}

/**
 * An artefact held against another model than it was made from says nothing of the quantization. What was exported from PyTorch
 * on the way is not at hand any more.
 */
function refuseOtherSource({ source: made }: Manifest, { sha256 }: Source, request: ValidateRequest): void {
  if (made.sha256 === sha256 || !made.file.endsWith(".onnx")) return;
  throw new ExpectedError(
    `the artefact was not made from this model: from ${made.file} with the SHA-256 ${made.sha256}, and this is ${sha256}`,
    {
      where: `${request.baseline}, ${join(request.deployed, MANIFEST_FILE)}`,
      hint: "Name the model that it was made from; or the artefact's model file in place of its folder, to compare the two all the same.",
    },
  );
}

async function modelRunner(
  file: string,
  { threads }: ValidateRequest,
  steps: Steps,
  world: World,
): Promise<Runner> {
  const { bytes } = await readIt(file, steps);
  return ortRunner({ name: basename(file), modelFile: file, bytes, threads }, await world.openOrt(), world);
}

/** What a target built runs where that target runs. */
async function deployedRunner(
  { target: { name, versions }, precision, files }: Manifest,
  { deployed, threads }: ValidateRequest,
  world: World,
): Promise<Runner> {
  const known = TARGET_NAMES.find((each) => each === name);
  if (known === undefined)
    throw new ExpectedError(`this program does not know the target ${name}`, { where: deployed });
  const { target } = await TARGETS[known].load();
  const [first, ...others] = files.map((file) => ({ ...file, path: join(deployed, file.path) }));
  if (first === undefined) throw new ExpectedError("the manifest names no file to load", { where: deployed });
  return target.runner({ target: name, precision, versions, files: [first, ...others] }, { threads }, world);
}

const withManifest = (request: ValidateRequest, manifest: Manifest | undefined): ValidateRequest => ({
  ...request,
  inputShapes: request.inputShapes.length > 0 ? request.inputShapes : (manifest?.inputs ?? []),
  preprocessing: request.preprocessing ?? manifest?.preprocessing,
  labels: request.labels ?? manifest?.labels,
});
