import type { Feeds } from "../ort/types.ts";
import { type Detected, type MeanAveragePrecision, meanAveragePrecision } from "./average-precision.ts";
import { type Box, suppress } from "./boxes.ts";
import type { Head } from "./heads/types.ts";
import { type Match, match } from "./matching.ts";

/** Agreement on the boxes that are found. */
export interface Detection {
  head: string;
  /** Boxes below this score do not count as found. */
  confidence: number;
  /** Boxes found, and pairs of one class that overlap by half or more. */
  baseline: number;
  deployed: number;
  matched: number;
  /** 2·matched / (baseline + deployed), the F1 score of either against the other; 1 where neither found any. */
  agreement: number;
  /**
   * Boxes without a pair that the other model has as well, with a score below `confidence`: of 0.49 and 0.51 only one counts
   * as found.
   */
  crossed: number;
  /** The largest difference of the scores of these; undefined without any. */
  crossedBy: number | undefined;
  /** Of `crossed`, those whose scores differ by 0.1 or less: the threshold lies between them, not the models. */
  close: number;
  /** Mean intersection over union of the pairs; undefined without any. */
  overlap: number | undefined;
  /** What the deployed finds, with the boxes of the baseline for the truth; undefined when that found none. */
  againstBaseline: MeanAveragePrecision | undefined;
  /** Both against boxes that are known, where there are some. */
  againstTruth: TruthComparison | undefined;
}

export interface TruthComparison {
  /** With known boxes, or known to have none. */
  samples: number;
  baseline: MeanAveragePrecision;
  deployed: MeanAveragePrecision;
  /** `map` of the baseline less that of the deployed. */
  drop: number;
  /** F1 of the boxes that count as found against those known, at an overlap of 0.5: what mAP says little of, false alarms. */
  f1: { baseline: number; deployed: number };
}

/** Of one sample. */
export interface SampleBoxes {
  baseline: number;
  deployed: number;
  matched: number;
}

export interface DetectionTally {
  /** `truth`: the boxes that are known to be there. */
  add(baseline: Feeds, deployed: Feeds, truth: readonly Box[] | undefined): SampleBoxes;
  result(): Detection;
}

/** As Ultralytics and COCO evaluate: every box above this score counts for the recall, the best 100 of an image. */
const LEAST_SCORE = 0.001;
const MOST_EVALUATED = 100;
const MOST_FOUND = 300;
const LEAST_OVERLAP = 0.5;
const CLOSE = 0.1;

export function tallyDetections(head: Head, confidence = head.confidence): DetectionTally {
  const counts = { baseline: 0, deployed: 0, matched: 0, overlap: 0 };
  const crossings: number[] = [];
  const againstBaseline: Detected[] = [];
  const truths: { baseline: Detected[]; deployed: Detected[] } = { baseline: [], deployed: [] };
  return {
    add(baseline, deployed, truth) {
      const [b, d] = [foundBy(head, baseline), foundBy(head, deployed)];
      const [known, found] = [b, d].map((boxes) => boxes.filter(({ score }) => score >= confidence)) as [
        Box[],
        Box[],
      ];
      const pairs = match(found, known, LEAST_OVERLAP).filter((pair) => pair.known !== undefined);
      counts.baseline += known.length;
      counts.deployed += found.length;
      counts.matched += pairs.length;
      counts.overlap += pairs.reduce((sum, pair) => sum + pair.overlap, 0);
      crossings.push(...crossingsOf(b, d, pairs, confidence));
      const [rankedB, rankedD] = [b, d].map((boxes) => boxes.slice(0, MOST_EVALUATED)) as [Box[], Box[]];
      againstBaseline.push({ found: rankedD, known });
      if (truth) {
        truths.baseline.push({ found: rankedB, known: truth });
        truths.deployed.push({ found: rankedD, known: truth });
      }
      return { baseline: known.length, deployed: found.length, matched: pairs.length };
    },
    result: () => {
      const all = counts.baseline + counts.deployed;
      return {
        head: head.name,
        confidence,
        baseline: counts.baseline,
        deployed: counts.deployed,
        matched: counts.matched,
        agreement: all === 0 ? 1 : (2 * counts.matched) / all,
        crossed: crossings.length,
        crossedBy: crossings.length === 0 ? undefined : Math.max(...crossings),
        close: crossings.filter((by) => by <= CLOSE).length,
        overlap: counts.matched === 0 ? undefined : counts.overlap / counts.matched,
        againstBaseline: meanAveragePrecision(againstBaseline),
        againstTruth: againstTruth(truths.baseline, truths.deployed, confidence),
      };
    },
  };
}

/** By how much the scores differ of boxes that both have, but only one with the score that it takes to be found. */
function crossingsOf(
  baseline: readonly Box[],
  deployed: readonly Box[],
  pairs: readonly Match[],
  confidence: number,
): number[] {
  const paired = new Set(pairs.flatMap(({ found, known }) => [found, known]));
  const [b, d] = [baseline, deployed].map((boxes) => boxes.filter((box) => !paired.has(box)));
  const crossing = (whose: readonly Box[], others: readonly Box[]) =>
    match(
      whose.filter(({ score }) => score >= confidence),
      others.filter(({ score }) => score < confidence),
      LEAST_OVERLAP,
    ).flatMap(({ found, known }) => (known ? [found.score - known.score] : []));
  return [...crossing(b!, d!), ...crossing(d!, b!)];
}

/** Best first. */
function foundBy(head: Head, outputs: Feeds): Box[] {
  const boxes = head.decode(outputs, LEAST_SCORE);
  return suppress(boxes, { overlap: head.suppress ?? Number.POSITIVE_INFINITY, most: MOST_FOUND });
}

function againstTruth(
  ofBaseline: Detected[],
  ofDeployed: Detected[],
  confidence: number,
): TruthComparison | undefined {
  const [baseline, deployed] = [meanAveragePrecision(ofBaseline), meanAveragePrecision(ofDeployed)];
  if (!baseline || !deployed) return undefined;
  return {
    samples: ofBaseline.length,
    baseline,
    deployed,
    drop: baseline.map - deployed.map,
    f1: { baseline: f1Of(ofBaseline, confidence), deployed: f1Of(ofDeployed, confidence) },
  };
}

/** 2·right / (found + known); 1 where there is nothing to find and nothing was found. */
function f1Of(images: readonly Detected[], confidence: number): number {
  let [right, all] = [0, 0];
  for (const { found, known } of images) {
    const counted = found.filter(({ score }) => score >= confidence);
    right += match(counted, known, LEAST_OVERLAP).filter((pair) => pair.known !== undefined).length;
    all += counted.length + known.length;
  }
  return all === 0 ? 1 : (2 * right) / all;
}
