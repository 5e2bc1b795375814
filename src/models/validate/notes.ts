import { counted } from "../../base/counted.ts";
import type { Comparison } from "./comparison.ts";

/** What a reader should know before believing the figures, in sentences. */
export function notesOf(
  comparison: Comparison,
  { labelled, tolerance, agreement }: { labelled: boolean; tolerance: number; agreement: number | undefined },
): string[] {
  return [
    unusedLabels(comparison, labelled),
    unusedBoxes(comparison),
    fewSamples(comparison, tolerance),
    fewBoxes(comparison, agreement === undefined ? tolerance : 1 - agreement),
    nothingFound(comparison),
    constant(comparison),
  ].flat();
}

function unusedLabels({ classification, detection }: Comparison, labelled: boolean): string[] {
  if (!labelled || classification) return [];
  const why = detection ? "the model finds boxes" : "no output looks like scores of classes";
  return [`The labels were not used: ${why}.`];
}

function unusedBoxes({ noDetector }: Comparison): string[] {
  if (!noDetector?.boxed) return [];
  const { why, boxed } = noDetector;
  return [
    `Box labels lie beside ${counted(boxed, "image")}, but the outputs are not read as those of a detector (${why}), so they were not used.`,
  ];
}

/** Whether the tolerance lies within the interval: then the verdict could be the other one with other samples. */
export function isWithinChance(
  { classification }: Pick<Comparison, "classification">,
  tolerance: number,
): boolean {
  const drop = classification?.accuracy?.drop;
  return drop !== undefined && drop.high > tolerance && drop.low <= tolerance;
}

function fewSamples(comparison: Comparison, tolerance: number): string[] {
  if (!isWithinChance(comparison, tolerance)) return [];
  const { drop, samples } = comparison.classification!.accuracy!;
  const [low, high] = [drop.low, drop.high].map(signed);
  return [
    `Too few samples to tell: with ${samples} labelled ones the accuracy lost lies between ${low} and ${high} points (95 % confidence), and ${(tolerance * 100).toFixed(1)} are allowed.`,
  ];
}

/** One box more or less would be another verdict. */
function fewBoxes({ detection }: Comparison, allowed: number): string[] {
  if (!detection || detection.againstTruth || detection.baseline === 0) return [];
  const one = 1 / detection.baseline;
  if (one <= allowed) return [];
  const [share, may] = [one, allowed].map((part) => (part * 100).toFixed(1));
  return [
    `Too few boxes to tell: one of the ${detection.baseline} that the float model finds is ${share} %, and ${may} % are allowed.`,
  ];
}

const signed = (share: number): string => (share * 100).toFixed(1).replace("-", "−");

function nothingFound({ detection }: Comparison): string[] {
  if (!detection || detection.baseline > 0) return [];
  return [
    `The float model finds no box with a score of ${detection.confidence} or more in any sample: check the preprocessing.`,
  ];
}

function constant({ outputs }: Comparison): string[] {
  return outputs
    .filter(({ differences }) => differences !== undefined && differences.range.min === differences.range.max)
    .map(({ name }) => `Output "${name}" has one value in all samples: check the preprocessing.`);
}
