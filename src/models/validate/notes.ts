import type { Comparison } from "./comparison.ts";

/** Fewer samples than this say little about chance. */
const ENOUGH = 30;

/** What a reader should know before believing the figures, in sentences. */
export function notesOf(
  comparison: Comparison,
  { labelled, tolerance }: { labelled: boolean; tolerance: number },
): string[] {
  return [
    unusedLabels(comparison, labelled),
    chance(comparison),
    fewSamples(comparison, tolerance),
    constant(comparison),
  ].flat();
}

function unusedLabels({ classification, detection }: Comparison, labelled: boolean): string[] {
  if (!labelled || classification) return [];
  const why = detection ? "the model finds boxes" : "no output looks like scores of classes";
  return [`The labels were not used: ${why}.`];
}

function chance({ classification }: Comparison): string[] {
  const accuracy = classification?.accuracy;
  if (!accuracy || accuracy.samples < ENOUGH || accuracy.baseline.top1 > 2 / classification.classes)
    return [];
  return [
    "The float model itself is hardly better than chance: check the preprocessing, and that the labels stand in the order of its classes.",
  ];
}

function fewSamples({ classification }: Comparison, tolerance: number): string[] {
  const drop = classification?.accuracy?.drop;
  if (!drop || drop.high - drop.low <= 4 * tolerance) return [];
  const [low, high] = [drop.low, drop.high].map((share) => (share * 100).toFixed(1));
  return [
    `With ${classification.accuracy!.samples} labelled samples the accuracy lost lies between ${low} and ${high} points (95 % confidence): more samples would say more.`,
  ];
}

function constant({ outputs }: Comparison): string[] {
  return outputs
    .filter(({ differences }) => differences !== undefined && differences.range.min === differences.range.max)
    .map(({ name }) => `Output "${name}" has one value in all samples: check the preprocessing.`);
}
