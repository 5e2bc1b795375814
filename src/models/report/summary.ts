import { counted } from "../../base/counted.ts";
import { meansDiffer, percentile } from "../validate/latency.ts";
import { bytes, decibels, milliseconds, percent, points, significant, times, whole } from "./format.ts";
import type { Result } from "./result-schema.ts";
import type { MeasurementsResult, ValidationResult } from "./validation-schema.ts";
import { isOnDevice } from "./verdict-line.ts";

/** A line of the comparison: the same quantity of both models. */
export interface SummaryRow {
  what: string;
  baseline: string;
  deployed: string;
  change: string;
  /** Whether the change is one that users want. */
  good?: boolean | undefined;
}

/**
 * What decides first: accuracy, boxes, then time and size. Every report shows these rows. Times and memory of a machine that
 * is not the device are not shown under the device's name.
 */
export const summaryRows = (result: Result): SummaryRow[] =>
  result.validation
    ? validationRows(result.validation, isOnDevice(result))
    : [sizeRow(result.source.bytes, result.artifact.bytes)];

export function validationRows(validation: ValidationResult, onDevice = true): SummaryRow[] {
  return [
    ...accuracyRows(validation),
    ...detectionRows(validation),
    ...(onDevice ? latencyRows(validation) : []),
    sizeRow(validation.baseline.bytes, validation.deployed.bytes),
    ...(onDevice ? memoryRows(validation) : []),
  ];
}

/** Titles of the two sides. */
export const sides = (result: Result): readonly [string, string] =>
  isOnDevice(result) ? ["Float", "Deployed"] : ["Float", "Deployed, run here"];

function accuracyRows({ classification }: ValidationResult): SummaryRow[] {
  const accuracy = classification?.accuracy;
  if (!accuracy) return [];
  const { baseline, deployed, drop } = accuracy;
  const rows = [
    {
      what: "Top-1 accuracy",
      baseline: percent(baseline.top1),
      deployed: percent(deployed.top1),
      change: points(drop.value),
      good: better(-drop.value),
    },
  ];
  if (baseline.top5 === undefined || deployed.top5 === undefined) return rows;
  const lost = baseline.top5 - deployed.top5;
  const top5 = {
    what: "Top-5 accuracy",
    baseline: percent(baseline.top5),
    deployed: percent(deployed.top5),
    change: points(lost),
    good: better(-lost),
  };
  return [...rows, top5];
}

function detectionRows({ detection }: ValidationResult): SummaryRow[] {
  if (!detection) return [];
  const found = {
    what: `Boxes found (score ≥ ${detection.confidence})`,
    baseline: whole(detection.baseline),
    deployed: whole(detection.deployed),
    change: `${percent(detection.agreement)} agree`,
  };
  const truth = detection.againstTruth;
  if (!truth) return [found];
  const map = {
    what: "mAP50-95",
    baseline: percent(truth.baseline.map),
    deployed: percent(truth.deployed.map),
    change: points(truth.drop),
    good: better(-truth.drop),
  };
  return [map, found];
}

function latencyRows({ baseline, deployed, speedUp }: ValidationResult): SummaryRow[] {
  const [b, d] = [baseline.latency, deployed.latency];
  if (!b || !d) return [];
  const same = speedUp !== undefined;
  const change = (factor: number) => (same ? faster(factor) : "other machines");
  const row = (what: string, before: number, after: number): SummaryRow => ({
    what,
    baseline: milliseconds(before),
    deployed: milliseconds(after),
    change: change(before / after),
  });
  const apart = same && !overlapping(b.times, d.times);
  const runs = Math.min(b.runs, d.runs);
  const tail = (what: string, before: number, after: number): SummaryRow => ({
    ...row(`${what} of ${whole(runs)} runs`, before, after),
    ...(same && runs < ENOUGH_FOR_TAILS && { change: FEW_RUNS }),
  });
  // It is the mean of all runs: a single slow one may make all of a difference.
  const toCompare = !same || meansDiffer(b.times, d.times);
  return [
    { ...row("Latency p50", b.p50, d.p50), good: apart ? better(b.p50 / d.p50 - 1) : undefined },
    tail("Latency p90", b.p90, d.p90),
    tail("Latency p99", b.p99, d.p99),
    {
      what: "Throughput, one at a time",
      baseline: `${significant(b.perSecond)} /s`,
      deployed: `${significant(d.perSecond)} /s`,
      change: toCompare ? change(d.perSecond / b.perSecond) : FEW_RUNS,
      good: apart && toCompare ? better(d.perSecond / b.perSecond - 1) : undefined,
    },
  ];
}

const FEW_RUNS = "too few runs to compare";

/** Of 100 runs, the p99 is what happened to one. */
const ENOUGH_FOR_TAILS = 1000;

/** Whether the middle halves of both have times in common: then which one is faster is no matter to colour. */
function overlapping(first: readonly number[], second: readonly number[]): boolean {
  if (first.length === 0 || second.length === 0) return true;
  const half = (times: readonly number[]) => {
    const sorted = times.toSorted((a, b) => a - b);
    return [25, 75].map((share) => percentile(sorted, share)) as [number, number];
  };
  const [a, b] = [half(first), half(second)];
  return a[0] <= b[1] && b[0] <= a[1];
}

/** Undefined for no change at all. */
const better = (gain: number): boolean | undefined => (gain === 0 ? undefined : gain > 0);

/** Differences below this are noise. */
const SAME = 0.01;

export function faster(factor: number): string {
  if (Math.abs(factor - 1) < SAME) return "the same";
  return factor >= 1 ? `${times(factor)} faster` : `${times(1 / factor)} slower`;
}

function sizeRow(before: number, after: number): SummaryRow {
  const row = { what: "Size", baseline: bytes(before), deployed: bytes(after) };
  if (Math.abs(before / after - 1) < SAME) return { ...row, change: "the same" };
  const smaller = before > after;
  const change = smaller ? `${times(before / after)} smaller` : `${times(after / before)} larger`;
  return { ...row, change, good: smaller };
}

function memoryRows({ baseline, deployed }: ValidationResult): SummaryRow[] {
  const own = ({ peakMemory }: MeasurementsResult) => peakMemory && peakMemory.peak - peakMemory.floor;
  const [b, d] = [own(baseline), own(deployed)];
  const onDevice = deployed.deviceMemory;
  return [
    ...(b !== undefined && d !== undefined && b > 0 && d > 0
      ? [{ ...sizeRow(b, d), what: "Peak memory of the model" }]
      : []),
    ...(onDevice === undefined
      ? []
      : [{ what: "GPU memory, as TensorRT tells", baseline: "", deployed: bytes(onDevice), change: "" }]),
  ];
}

/** How the outputs differ: one line for each. */
export const OUTPUT_COLUMNS = [
  "Output",
  "Disagreement",
  "Cosine (mean)",
  "Cosine (least)",
  "SQNR",
  "Max |diff|",
  "Mean |diff|",
] as const;

export const outputRows = ({ outputs }: ValidationResult): string[][] =>
  outputs.map(({ name, disagreement, differences }) => [
    name,
    disagreement === null ? "∞" : percent(disagreement),
    ...(differences
      ? [
          differences.cosine.mean.toFixed(5),
          differences.cosine.least.toFixed(5),
          decibels(differences.sqnr),
          significant(differences.maxAbsolute),
          significant(differences.meanAbsolute),
        ]
      : ["–", "–", "–", "–", "–"]),
  ]);

/** Of what was lost: null is an infinite share; undefined, one that was not measured. */
export const lossText = (share: number | null | undefined): string =>
  share === undefined ? "–" : share === null ? "∞" : percent(share);

/** What leaving layers in float has brought. */
export function mixedText({
  before,
  after,
  limit,
  kept,
  reached,
  tries,
}: NonNullable<Result["mixed"]>): string {
  const first = `${lossText(before)} was lost with every layer quantized`;
  if (reached !== false) return `${first}, ${lossText(after)} is lost now; ${lossText(limit)} may be.`;
  const most =
    kept.length === 0
      ? "and none was left in float for it"
      : `and ${lossText(after)} is the least that was seen`;
  return `${first}; ${lossText(limit)} may be. None of the ${tries} models that were tried comes down to that, ${most}.`;
}

/** `title`, with why the preprocessing was taken where it was guessed. */
export const guessed = ({ preprocessingGuessed: why }: Result, title: string): string =>
  why === undefined ? title : `${title} (guessed: ${why})`;

/** `30 of 32 layers in INT8` */
export function layersText({ layers, precision }: Result): string {
  if (layers.length === 0) return `no layers with weights of ${precision}`;
  const counts = Map.groupBy(layers, ({ precision: each }) => each);
  return [...counts]
    .map(([each, { length }]) => `${length} ${length === 1 ? "layer" : "layers"} in ${NAMES[each]}`)
    .join(", ");
}

const NAMES = { int8: "INT8", int4: "INT4", float16: "FP16", float: "float" } as const;
export const precisionName = (precision: keyof typeof NAMES): string => NAMES[precision];

/** Of the samples, the greatest difference first. */
export const worstSamples = ({ samples }: ValidationResult, most: number): ValidationResult["samples"] =>
  samples.toSorted((a, b) => (b.difference ?? Infinity) - (a.difference ?? Infinity)).slice(0, most);

/** `cat → dog` of a sample, with its label. */
export function classText(
  classes: NonNullable<ValidationResult["samples"][number]["classes"]>,
  labels: readonly string[] | undefined,
): string {
  const name = (index: number | undefined) =>
    index === undefined ? "none" : (labels?.[index] ?? `class ${index}`);
  const { baseline, deployed, label } = classes;
  const told = baseline === deployed ? name(baseline) : `${name(baseline)} → ${name(deployed)}`;
  return label === undefined ? told : `${told} (is ${name(label)})`;
}

/**
 * `onnxruntime 1.30.0: 21 integer kernels, 0 layers in float, 2 conversions`. Without the kernels where the device's engine is
 * yet to be built: those of this machine say nothing of it.
 */
export function engineText(result: Result): string {
  const { versions, kernels } = result.target;
  const engines = Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
  if (!isOnDevice(result))
    return `built on the device; checked here with ${engines} on this machine's processor`;
  return kernels ? `${engines}: ${kernelsText(kernels)}` : engines;
}

type KernelCounts = NonNullable<Result["target"]["kernels"]>;

/** `21 integer kernels, 0 layers in float, 2 conversions` */
export function kernelsText({ integer, float, half, conversions }: KernelCounts): string {
  const inHalf = half === undefined ? [] : [`${counted(half, "layer")} in float16`];
  const parts = [
    counted(integer, "integer kernel"),
    ...inHalf,
    `${counted(float, "layer")} in float`,
    counted(conversions, "conversion"),
  ];
  return parts.join(", ");
}
