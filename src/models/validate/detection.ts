import type { Feeds } from "../ort/types.ts";
import { type Detected, type MeanAveragePrecision, meanAveragePrecision } from "./average-precision.ts";
import { type Box, suppress } from "./boxes.ts";
import type { Head } from "./heads/types.ts";
import { match } from "./matching.ts";

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

export function tallyDetections(head: Head, confidence = head.confidence): DetectionTally {
  const counts = { baseline: 0, deployed: 0, matched: 0, overlap: 0 };
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
        overlap: counts.matched === 0 ? undefined : counts.overlap / counts.matched,
        againstBaseline: meanAveragePrecision(againstBaseline),
        againstTruth: againstTruth(truths.baseline, truths.deployed),
      };
    },
  };
}

/** Best first. */
function foundBy(head: Head, outputs: Feeds): Box[] {
  const boxes = head.decode(outputs, LEAST_SCORE);
  return suppress(boxes, { overlap: head.suppress ?? Number.POSITIVE_INFINITY, most: MOST_FOUND });
}

function againstTruth(ofBaseline: Detected[], ofDeployed: Detected[]): TruthComparison | undefined {
  const [baseline, deployed] = [meanAveragePrecision(ofBaseline), meanAveragePrecision(ofDeployed)];
  if (!baseline || !deployed) return undefined;
  return { samples: ofBaseline.length, baseline, deployed, drop: baseline.map - deployed.map };
}
