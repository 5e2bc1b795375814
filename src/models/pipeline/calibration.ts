import { calibrate } from "../calibrate/calibrate.ts";
import type { Calibration } from "../calibrate/types.ts";
import { openSamples } from "../data/open-samples.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import type { InputSpec, Samples } from "../data/types.ts";
import type { OnnxModel } from "../onnx/types.ts";
import { valueTypes } from "../onnx/value-types.ts";
import type { Steps } from "./steps.ts";
import type { CalibrationRequest, PipelineDeps } from "./types.ts";

/** What is known of the data by now. */
export interface DataFacts {
  inputs: readonly InputSpec[];
  how: Preprocessing;
  /** Why this preprocessing, where nobody said it. */
  guessed?: string | undefined;
  labels: readonly string[] | undefined;
}

export interface Calibrated {
  samples: Samples;
  calibration: Calibration;
}

export interface CalibrationStep extends DataFacts {
  /** As `prepare` gives it. */
  model: OnnxModel;
  symmetric: boolean;
  threads: number | undefined;
}

export const calibrationText = ({ method }: CalibrationRequest): string => `Calibrating by ${method}`;

/** Ranges of the activations over the calibration data. What an earlier run found over the same content is used. */
export async function calibrateModel(
  request: CalibrationRequest,
  { model, inputs, how, labels, symmetric, threads }: CalibrationStep,
  { world, clock }: PipelineDeps,
  steps: Steps,
): Promise<Calibrated> {
  const count = steps.count("calibrate");
  const { signal, cacheDir } = world;
  steps.say("calibrate", "Looking at the calibration data");
  const samples = await openSamples(request.path, inputs, how, {
    limit: request.samples,
    signal,
    looked: count,
    ...(labels && { labels }),
  });
  steps.say("calibrate", calibrationText(request));
  const calibration = await calibrate(
    model,
    samples,
    {
      tensors: floatTensors(model),
      method: request.method,
      symmetric,
      cacheDir,
      ...(request.resume !== undefined && { resume: request.resume }),
      ...(request.percentile !== undefined && { percentile: request.percentile }),
      ...(threads !== undefined && { threads }),
    },
    { ort: await world.openOrt(), signal, clock, progress: ({ done, total }) => count(done, total) },
  );
  return { samples, calibration };
}

/** What a quantizer may ask the range of: fractions that change from sample to sample. */
export function floatTensors({ graph }: OnnxModel): string[] {
  const typeOf = valueTypes(graph);
  const made = graph.nodes
    .filter(({ opType }) => opType !== "Constant")
    .flatMap(({ outputs }) => outputs.filter((name) => name !== ""));
  return [...graph.inputs.map(({ name }) => name), ...made].filter((name) => typeOf(name) === "float");
}
