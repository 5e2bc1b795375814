import type { Classification } from "./classification.ts";
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
 * - `accuracy`: top-1 of the baseline less that of the deployed, over labelled samples.
 * - `map`: mAP50-95 of the baseline less that of the deployed, over samples whose boxes are known.
 * - `boxes`: 1 − mAP50 of the deployed with the baseline's boxes for the truth.
 * - `output`: the largest disagreement of any output.
 */
export type Criterion = "finite" | "accuracy" | "map" | "boxes" | "output";

export interface Measured {
  outputs: readonly OutputComparison[];
  classification: Classification | undefined;
  detection: Detection | undefined;
}

/** `tolerance`: a share of 1. */
export function judge(measured: Measured, tolerance: number): Verdict {
  const { criterion, value, text } =
    notFinite(measured.outputs) ??
    byAccuracy(measured.classification, tolerance) ??
    byTruth(measured.detection, tolerance) ??
    byBoxes(measured.detection, tolerance) ??
    byOutput(measured.outputs, tolerance);
  return { passed: value <= tolerance + ROUNDING, criterion, value, tolerance, text };
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
  const { baseline, deployed, drop, samples } = truth;
  const text = `mAP50-95 ${change(baseline.map, deployed.map, tolerance)} over ${samples} labelled samples`;
  return { criterion: "map", value: drop, text };
}

/** Where neither model finds a box, the outputs decide. */
function byBoxes(detection: Detection | undefined, tolerance: number): Finding | undefined {
  if (!detection || (detection.baseline === 0 && detection.deployed === 0)) return undefined;
  const map50 = detection.againstBaseline?.map50;
  if (map50 === undefined) {
    const text = `${detection.deployed} boxes are found where the float model finds none`;
    return { criterion: "boxes", value: 1, text };
  }
  const text = `boxes differ from the float model's by ${percent(1 - map50)} (1 − mAP50; ${percent(tolerance)} allowed)`;
  return { criterion: "boxes", value: 1 - map50, text };
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

/** With as many digits as tell values near a tolerance of 1 % apart. */
const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
