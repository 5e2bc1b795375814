import { basename } from "node:path";
import { ExpectedError } from "../../base/errors.ts";
import { resolveInputs } from "../data/input-shapes.ts";
import { preprocessingOf } from "../data/preprocessing.ts";
import { ortRunner } from "../targets/cpu/runner.ts";
import type { Runner } from "../validate/runner.ts";
import { type Calibrated, calibrateModel, type DataFacts } from "./calibration.ts";
import type { Deployment } from "./deployment.ts";
import { guessPreprocessing } from "./guess-preprocessing.ts";
import { inPrecision, type Made } from "./precision.ts";
import { readSource, type Source } from "./source.ts";
import type { Steps } from "./steps.ts";
import type { DeployRequest, PipelineDeps, QuantizeRequest } from "./types.ts";

/** Steps that more than one command takes. */

export function refuseUncalibrated(request: QuantizeRequest): void {
  if (request.precision === "int8" && request.calibration === undefined) {
    throw new ExpectedError("int8 needs data to calibrate with: it tells the ranges of the activations", {
      hint: "Name a folder with 100 to 500 typical images: --calibration-data ./images. Without any: --precision int8-weights or fp16.",
    });
  }
}

export const readIt = (file: string, steps: Steps): Promise<Source> =>
  steps.run("read", `Reading ${basename(file)}`, () => readSource(file), sourceText);

const sourceText = ({ facts: { nodes, opset, parameters } }: Source): string =>
  `${nodes} nodes, opset ${opset}, ${parameters.toLocaleString("en-US")} weights`;

/** What the data is to become, and how; a guess is told as one. */
export function dataFacts(
  { model, facts, file }: Source,
  request: Pick<DeployRequest, "inputShapes" | "preprocessing" | "labels" | "calibration" | "validation">,
  steps: Steps,
): DataFacts {
  const inputs = resolveInputs(facts.inputs, request.inputShapes ?? []);
  const { labels } = request;
  if (request.preprocessing !== undefined)
    return { inputs, how: preprocessingOf(request.preprocessing), labels };
  const { preset, because, sure } = guessPreprocessing(model, file);
  if (!sure && (request.calibration ?? request.validation) !== undefined) {
    steps.warn(
      `Images are preprocessed as "${preset}", ${because}: if the model was trained otherwise, all figures are wrong. Say it with --preprocess.`,
    );
  }
  return { inputs, how: preprocessingOf(preset), labels };
}

/** Loading it tells early what ONNX Runtime does not take: operators it does not know, shapes that do not fit together. */
export async function openBaseline(
  source: Source,
  { threads }: QuantizeRequest,
  { world }: PipelineDeps,
): Promise<Runner> {
  const ort = await world.openOrt();
  return ortRunner({ name: "float", modelFile: source.file, bytes: source.bytes, threads }, ort, world);
}

/** What calibrating and quantizing work with. */
export type Quantizing = Pick<Deployment, "deps" | "steps" | "source" | "prepared" | "data"> & {
  request: QuantizeRequest;
};

export async function calibrated(deployment: Quantizing): Promise<Calibrated | undefined> {
  const { request, deps, steps, prepared, data } = deployment;
  const { calibration, target, precision, threads } = request;
  if (calibration === undefined || (precision !== "int8" && precision !== "fp16")) return undefined;
  const symmetric = target.profile(deps.world.machine).activations === "s8-symmetric";
  const found = await steps.run(
    "calibrate",
    `Calibrating by ${calibration.method}`,
    () => calibrateModel(calibration, { model: prepared, ...data, symmetric, threads }, deps, steps),
    ({ calibration: { samples, reused } }) =>
      `${samples} samples${reused === 0 ? "" : `, ${reused === samples ? "all" : reused} from an earlier run`}`,
  );
  for (const text of found.calibration.warnings)
    steps.warn(`${text.charAt(0).toUpperCase()}${text.slice(1)}.`);
  for (const { file, reason } of found.samples.skipped) steps.warn(`Skipped ${file}: ${reason}.`);
  return found;
}

/** The model in its precision. */
export function quantized(
  { request, deps, steps, source, prepared }: Quantizing,
  found: Calibrated | undefined,
): Promise<Made> {
  const { precision, target, selection = {}, weights } = request;
  return steps.run(
    "quantize",
    `Writing ${precision} into the model`,
    () =>
      inPrecision(source.model, prepared, {
        precision,
        profile: target.profile(deps.world.machine),
        selection,
        ranges: found?.calibration.ranges,
        weights,
      }),
    ({ layers }) => layersTold(layers),
  );
}

function layersTold(layers: Made["layers"]): string {
  const inFloat = layers.filter(({ precision }) => precision === "float").length;
  return inFloat === 0 ? `${layers.length} layers` : `${layers.length - inFloat} of ${layers.length} layers`;
}
