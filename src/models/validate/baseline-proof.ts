import { percent } from "../report/format.ts";
import type { Accuracy } from "./accuracy.ts";
import type { Classification } from "./classification.ts";
import type { Detection } from "./detection.ts";

/** Fewer samples than this are too few for a test of significance. */
const ENOUGH = 30;
/** One-sided. */
const SIGNIFICANT = 0.05;
/** mAP50 of a model that finds something of what is there. */
const LEAST_MAP50 = 0.01;

/**
 * Why nothing is proven by comparing with this float model, in a sentence without its end: against the labels it does no better
 * than a guess, so that its inputs, or the labels, are not what it was trained with. Undefined where it does better.
 */
export function unprovenBaseline(
  classification: Classification | undefined,
  detection: Detection | undefined,
): string | undefined {
  const accuracy = classification?.accuracy;
  if (accuracy && isChance(accuracy)) {
    const [found, chance] = [accuracy.baseline.top1, accuracy.chance].map((share) => percent(share));
    return `the float model itself is no better than a guess: top-1 accuracy ${found} over ${accuracy.samples} labelled samples, where guessing gives ${chance}`;
  }
  const truth = detection?.againstTruth;
  if (truth && truth.baseline.map50 < LEAST_MAP50)
    return `the float model itself finds none of the known boxes: mAP50 ${percent(truth.baseline.map50)} over ${truth.samples} labelled samples`;
  return undefined;
}

/**
 * Whether the baseline's accuracy is one that guessing reaches, by the exact binomial test; below 30 samples, where it is not
 * above that share at all.
 */
function isChance({ samples, baseline, chance }: Accuracy): boolean {
  if (samples < ENOUGH) return baseline.top1 <= chance;
  return binomialTail(Math.round(baseline.top1 * samples), samples, chance) > SIGNIFICANT;
}

/** P(X ≥ hits) of `samples` tries that succeed with `share` each. */
function binomialTail(hits: number, samples: number, share: number): number {
  if (hits <= 0) return 1;
  if (share >= 1) return 1;
  let log = samples * Math.log1p(-share);
  let below = 0;
  for (let k = 0; k < hits; k++) {
    below += Math.exp(log);
    log += Math.log(((samples - k) / (k + 1)) * (share / (1 - share)));
  }
  return Math.max(0, 1 - below);
}
