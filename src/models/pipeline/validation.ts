import { imageShapeOf } from "../data/image-shape.ts";
import { openSamples } from "../data/open-samples.ts";
import type { Samples } from "../data/types.ts";
import { withKnownBoxes } from "../validate/known-boxes.ts";
import type { Runner } from "../validate/runner.ts";
import { type Validation, type ValidationSamples, validate } from "../validate/validate.ts";
import type { DataFacts } from "./calibration.ts";
import type { Steps } from "./steps.ts";
import type { ValidationRequest } from "./types.ts";

/** The samples that both models are tried on. */
export function openTestSamples(
  { path, samples }: ValidationRequest,
  { inputs, how, labels }: DataFacts,
  signal: AbortSignal,
  steps?: Steps,
): Promise<Samples> {
  steps?.say("validate", "Looking at the test data");
  return openSamples(path, inputs, how, {
    signal,
    ...(steps && { looked: steps.count("validate") }),
    ...(samples !== undefined && { limit: samples }),
    ...(labels && { labels }),
  });
}

/** Those, with the boxes that are known to be in them where text files beside the images tell some. */
export function withTruth(samples: Samples, { inputs, how }: DataFacts): ValidationSamples {
  const [input] = inputs;
  const image = inputs.length === 1 ? imageShapeOf(input!, how.layout) : undefined;
  return image && samples.labels === undefined ? withKnownBoxes(samples, { input: image, how }) : samples;
}

export interface Comparing {
  signal: AbortSignal;
  progress(done: number, of: number): void;
}

/** Everything that a report tells: outputs, accuracy, latency and memory. */
export const validateWhole = (
  baseline: Runner,
  deployed: Runner,
  samples: ValidationSamples,
  { tolerance, confidence, agreement, runs }: ValidationRequest,
  { signal, progress }: Comparing,
): Promise<Validation> =>
  validate(baseline, deployed, samples, {
    tolerance,
    confidence,
    agreement,
    latency: runs === 0 ? false : { runs },
    memory: true,
    signal,
    progress,
  });

/** What is lost alone, a share of 1: for models that are only tried. */
export async function lossOf(
  baseline: Runner,
  deployed: Runner,
  samples: ValidationSamples,
  { tolerance, confidence, agreement }: ValidationRequest,
  signal: AbortSignal,
): Promise<number> {
  const { verdict } = await validate(baseline, deployed, samples, {
    tolerance,
    confidence,
    agreement,
    latency: false,
    signal,
  });
  return verdict.value;
}
