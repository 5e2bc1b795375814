import { percent } from "../report/format.ts";
import { unprovenBaseline } from "./baseline-proof.ts";
import type { Classification } from "./classification.ts";
import type { NoDetector } from "./comparison.ts";
import type { Detection } from "./detection.ts";
import type { OutputComparison } from "./outputs.ts";

/** Whether the deployed model may stand for the baseline. */
export interface Verdict {
  passed: boolean;
  criterion: Criterion;
  /** What was measured, a share of 1: an accuracy lost (negative: won), or a difference. */
  value: number;
  tolerance: number;
  /** The same in a sentence without its end. */
  text: string;
}

/**
 * The first of these that can be measured decides.
 * - `finite`: outputs that are no numbers fail in any case.
 * - `baseline`: a float model that does no better than a guess proves nothing, and fails as well; so does one that is no
 *   detector, where boxes are asked for.
 * - `agreement`: 1 − the agreement of the boxes, where it is asked for.
 * - `accuracy`: top-1 of the baseline less that of the deployed, over labelled samples.
 * - `map`: mAP50-95 of the baseline less that of the deployed, over samples whose boxes are known; or the same of the F1 of the
 *   boxes that count as found, where that lost more: mAP hardly sees false alarms.
 * - `boxes`: 1 − mAP50 of the deployed with the baseline's boxes for the truth; or 1 − the F1 of the boxes found by one against
 *   those found by the other, where that is more. A box whose score crosses the threshold by 0.1 or less is found by both.
 * - `output`: the largest disagreement of any output.
 */
export const CRITERIA = ["finite", "baseline", "agreement", "accuracy", "map", "boxes", "output"] as const;
export type Criterion = (typeof CRITERIA)[number];

export interface Measured {
  outputs: readonly OutputComparison[];
  classification: Classification | undefined;
  detection: Detection | undefined;
  noDetector?: NoDetector | undefined;
}

/** What a user asks of a detector. */
export interface BoxesAsked {
  /** Share of the boxes that both models have to find. */
  agreement?: number | undefined;
  /** Boxes below this score do not count as found. */
  confidence?: number | undefined;
}

/** `tolerance`: a share of 1. */
export function judge(measured: Measured, tolerance: number, boxes: BoxesAsked = {}): Verdict {
  const asked = byAgreement(measured.detection, boxes.agreement);
  const finding =
    notFinite(measured.outputs) ??
    unproven(measured) ??
    noBoxes(measured, boxes) ??
    asked ??
    usual(measured, tolerance);
  const allowed = finding === asked ? 1 - boxes.agreement! : tolerance;
  return { passed: finding.value <= allowed + ROUNDING, ...finding, tolerance: allowed };
}

function usual(measured: Measured, tolerance: number): Finding {
  return (
    byAccuracy(measured.classification, tolerance) ??
    byTruth(measured.detection, tolerance) ??
    byBoxes(measured.detection, tolerance) ??
    byOutput(measured.outputs, tolerance)
  );
}

/** 0.5 − 0.49 is a little more than 0.01. */
const ROUNDING = 1e-9;

type Finding = Pick<Verdict, "criterion" | "value" | "text">;

function notFinite(outputs: readonly OutputComparison[]): Finding | undefined {
  for (const { name, differences } of outputs) {
    const { baseline = 0, deployed = 0 } = differences?.notFinite ?? {};
    if (baseline + deployed === 0) continue;
    const [whose, count] =
      baseline > 0 ? ["the float model itself", baseline] : ["the deployed model", deployed];
    const what = count === 1 ? "a value that is no number" : `${count} values that are no numbers`;
    const text = `${whose} gives ${what} (NaN or infinite) in output "${name}"`;
    return { criterion: "finite", value: Number.POSITIVE_INFINITY, text };
  }
  return undefined;
}

function unproven({ classification, detection }: Measured): Finding | undefined {
  const text = unprovenBaseline(classification, detection);
  return text === undefined
    ? undefined
    : { criterion: "baseline", value: Number.POSITIVE_INFINITY, text: `${text}: ${WRONG_INPUTS}` };
}

const WRONG_INPUTS = "check the preprocessing, and that the labels are the model's and in its order";

function noBoxes({ detection, noDetector }: Measured, asked: BoxesAsked): Finding | undefined {
  if (detection || (asked.agreement === undefined && asked.confidence === undefined)) return undefined;
  const what = asked.agreement === undefined ? "a confidence" : "an agreement";
  const why = noDetector ? ` (${noDetector.why})` : "";
  const text = `${what} of boxes was asked for, but the outputs are not read as those of a detector${why}`;
  return { criterion: "baseline", value: Number.POSITIVE_INFINITY, text };
}

function byAgreement(detection: Detection | undefined, asked: number | undefined): Finding | undefined {
  if (!detection || asked === undefined) return undefined;
  const { agreement, confidence, crossed, crossedBy } = detection;
  const near =
    crossed === 0
      ? ""
      : `; ${crossed} found by both, by one with a score below it (up to ${crossedBy!.toFixed(2)} apart)`;
  const text = `the boxes with a score of ${confidence} or more agree by ${percent(agreement)} (${percent(asked)} asked${near})`;
  return { criterion: "agreement", value: 1 - agreement, text };
}

function byAccuracy(classification: Classification | undefined, tolerance: number): Finding | undefined {
  const accuracy = classification?.accuracy;
  if (!accuracy) return undefined;
  const { baseline, deployed, drop, samples } = accuracy;
  const text = `top-1 accuracy ${change(baseline.top1, deployed.top1, tolerance)} over ${samples} labelled samples`;
  return { criterion: "accuracy", value: drop.value, text };
}

function byTruth(detection: Detection | undefined, tolerance: number): Finding | undefined {
  const truth = detection?.againstTruth;
  if (!truth) return undefined;
  const { baseline, deployed, drop, f1, samples } = truth;
  const lost = f1.baseline - f1.deployed;
  const what =
    lost > drop
      ? `F1 of the boxes found ${change(f1.baseline, f1.deployed, tolerance)}`
      : `mAP50-95 ${change(baseline.map, deployed.map, tolerance)}`;
  return { criterion: "map", value: Math.max(lost, drop), text: `${what} over ${samples} labelled samples` };
}

/** Where neither model finds a box, the outputs decide. */
function byBoxes(detection: Detection | undefined, tolerance: number): Finding | undefined {
  if (!detection || (detection.baseline === 0 && detection.deployed === 0)) return undefined;
  const map50 = detection.againstBaseline?.map50;
  if (map50 === undefined) {
    const text = `${detection.deployed} boxes are found where the float model finds none`;
    return { criterion: "boxes", value: 1, text };
  }
  const apart = apartBy(detection);
  const value = Math.max(1 - map50, apart);
  const how = apart > 1 - map50 ? `1 − F1: ${unmatched(detection)}` : "1 − mAP50";
  const text = `boxes differ from the float model's by ${percent(value)} (${how}; ${percent(tolerance)} allowed)`;
  return { criterion: "boxes", value, text };
}

/** 1 − F1 of the boxes found, with those for pairs that only the threshold parts. */
function apartBy({ baseline, deployed, matched, close }: Detection): number {
  const all = baseline + deployed + close;
  return all === 0 ? 0 : 1 - (2 * (matched + close)) / all;
}

function unmatched({ baseline, deployed, matched }: Detection): string {
  return `${baseline - matched} of ${baseline} not found, ${deployed - matched} found that the float model has not`;
}

function byOutput(outputs: readonly OutputComparison[], tolerance: number): Finding {
  const worst = outputs.toSorted((a, b) => b.disagreement - a.disagreement)[0];
  if (!worst) return { criterion: "output", value: 0, text: "neither model finds a box in any sample" };
  const { name, disagreement, ofRange } = worst;
  const how = ofRange ? "of its range, root mean square" : "of its elements";
  const text = `output "${name}" differs by ${percent(disagreement)} (${how}; ${percent(tolerance)} allowed)`;
  return { criterion: "output", value: disagreement, text };
}

function change(from: number, to: number, tolerance: number): string {
  const points = (share: number) => (share * 100).toFixed(2);
  const went = to > from ? `${points(to - from)} points won` : `${points(from - to)} points lost`;
  return `${percent(from)} → ${percent(to)} (${went}, ${points(tolerance)} allowed)`;
}
