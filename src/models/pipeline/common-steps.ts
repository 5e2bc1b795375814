import { basename } from "node:path";
import { capital } from "../../base/capital.ts";
import { counted } from "../../base/counted.ts";
import { UsageError } from "../../base/errors.ts";
import { resolveInputs } from "../data/input-shapes.ts";
import { preprocessingOf } from "../data/preprocessing.ts";
import { inTraining } from "../onnx/in-training.ts";
import { checkSelection } from "../quantize/check-selection.ts";
import { refuseQuantized } from "../quantize/refuse-quantized.ts";
import { ortRunner } from "../targets/cpu/runner.ts";
import type { Runner } from "../validate/runner.ts";
import { type Calibrated, calibrateModel, calibrationText, type DataFacts } from "./calibration.ts";
import type { Deployment } from "./deployment.ts";
import { guessPreprocessing } from "./guess-preprocessing.ts";
import { lookAhead } from "./look-ahead.ts";
import { inPrecision, type Made } from "./precision.ts";
import { restingRunner } from "./resting-runner.ts";
import { readSource, type Source } from "./source.ts";
import type { Steps } from "./steps.ts";
import type { DeployRequest, PipelineDeps, QuantizeRequest } from "./types.ts";

/** Steps that more than one command takes. */

export function refuseUncalibrated(request: QuantizeRequest): void {
  if (request.precision === "int8" && request.calibration === undefined) {
    throw new UsageError("int8 needs data to calibrate with: it tells the ranges of the activations", {
      hint: "Name a folder with 100 to 500 typical images: --calibration-data ./images. Without any: --precision int8-weights or fp16.",
    });
  }
}

export async function readIt(file: string, steps: Steps): Promise<Source> {
  const source = await steps.run("read", `Reading ${basename(file)}`, () => readSource(file), sourceText);
  const training = inTraining(source.model.graph).length;
  if (training > 0) {
    steps.warn(
      `The model was exported as in training: ${counted(training, "BatchNormalization node")} normalizing by each batch. Export it for inference, after model.eval().`,
    );
  }
  return source;
}

const sourceText = ({ facts: { nodes, opset, parameters } }: Source): string =>
  `${counted(nodes, "node")}, opset ${opset}, ${parameters.toLocaleString("en-US")} ${parameters === 1 ? "weight" : "weights"}`;

/** What the data is to become, and how; a guess is told as one, where pixels depend on it. */
export async function dataFacts(
  { model, facts, file }: Source,
  request: Pick<DeployRequest, "inputShapes" | "preprocessing" | "labels" | "calibration" | "validation">,
  steps: Steps,
): Promise<DataFacts> {
  const inputs = resolveInputs(facts.inputs, request.inputShapes ?? []);
  const { labels, preprocessing } = request;
  const { preset, because, sure } = guessPreprocessing(model, file);
  const data = { inputs, how: preprocessingOf(preprocessing ?? preset), labels };
  const { pixels } = await lookAhead(data, facts.outputs, request);
  if (sure || !pixels || preprocessing !== undefined) return data;
  steps.warn(
    `Images are preprocessed as "${preset}", ${because}: if the model was trained otherwise, all figures are wrong. Say it with --preprocess.`,
  );
  return { ...data, guessed: `"${preset}", ${because}` };
}

/** Loading it tells early what ONNX Runtime does not take: operators it does not know, shapes that do not fit together. */
export async function openBaseline(
  source: Source,
  { threads }: QuantizeRequest,
  { world }: PipelineDeps,
): Promise<Runner> {
  const ort = await world.openOrt();
  const { file: modelFile, bytes } = source;
  const open = () => ortRunner({ name: "float", modelFile, bytes, threads }, ort, world);
  return bytes > LARGE ? restingRunner(open) : open();
}

/** Memory for it is worth more than the time to load it once more. */
const LARGE = 2 ** 28;

/** What calibrating and quantizing work with. */
export type Quantizing = Pick<Deployment, "deps" | "steps" | "source" | "prepared" | "data"> & {
  request: QuantizeRequest;
};

export async function calibrated(deployment: Quantizing): Promise<Calibrated | undefined> {
  const { request, deps, steps, source, prepared, data } = deployment;
  const { calibration, target, precision, threads } = request;
  if (calibration === undefined || (precision !== "int8" && precision !== "fp16")) return undefined;
  // Told now, and not when the data has been run.
  if (precision === "int8") refuseQuantized(source.model.graph);
  checkSelection(prepared, request.selection ?? {});
  const symmetric = target.profile(deps.world.machine).activations === "s8-symmetric";
  const found = await steps.run(
    "calibrate",
    calibrationText(calibration),
    () => calibrateModel(calibration, { model: prepared, ...data, symmetric, threads }, deps, steps),
    ({ calibration: { samples, reused } }) =>
      `${counted(samples, "sample")}${reused === 0 ? "" : `, ${reused === samples ? "all" : reused} from an earlier run`}`,
  );
  for (const text of found.calibration.warnings) steps.warn(`${capital(text)}.`);
  for (const { file, reason } of found.samples.skipped) steps.warn(`Skipped ${file}: ${reason}.`);
  return found;
}

/** The model in its precision. */
export async function quantized(
  { request, deps, steps, source, prepared }: Quantizing,
  found: Calibrated | undefined,
): Promise<Made> {
  const { precision, target, selection = {}, weights } = request;
  const made = await steps.run(
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
  for (const note of made.notes ?? []) steps.warn(note);
  return made;
}

function layersTold(layers: Made["layers"]): string {
  const count = (wanted: string): number => layers.filter(({ precision }) => precision === wanted).length;
  const [inFloat, inHalf, inIntegers] = [count("float"), count("float16"), count("int8")];
  if (inHalf > 0 && inIntegers > 0)
    return `${inIntegers} in int8, ${inHalf} in float16${inFloat === 0 ? "" : `, ${inFloat} in float32`}`;
  return inFloat === 0
    ? counted(layers.length, "layer")
    : `${layers.length - inFloat} of ${layers.length} layers`;
}
