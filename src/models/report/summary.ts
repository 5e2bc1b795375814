import { counted } from "../../base/counted.ts";
import { bytes, decibels, milliseconds, percent, points, significant, times, whole } from "./format.ts";
import type { Result } from "./result-schema.ts";
import type { MeasurementsResult, ValidationResult } from "./validation-schema.ts";

/** A line of the comparison: the same quantity of both models. */
export interface SummaryRow {
  what: string;
  baseline: string;
  deployed: string;
  change: string;
  /** Whether the change is one that users want. */
  good?: boolean | undefined;
}

/** What decides first: accuracy, boxes, then time and size. Every report shows these rows. */
export const summaryRows = ({ validation, source, artifact }: Result): SummaryRow[] =>
  validation ? validationRows(validation) : [sizeRow(source.bytes, artifact.bytes)];

export function validationRows(validation: ValidationResult): SummaryRow[] {
  return [
    ...accuracyRows(validation),
    ...detectionRows(validation),
    ...latencyRows(validation),
    sizeRow(validation.baseline.bytes, validation.deployed.bytes),
    ...memoryRows(validation),
  ];
}

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
  const row = (what: string, before: number, after: number): SummaryRow => ({
    what,
    baseline: milliseconds(before),
    deployed: milliseconds(after),
    change: same ? faster(before / after) : "other machines",
    good: same ? better(before / after - 1) : undefined,
  });
  return [
    row("Latency p50", b.p50, d.p50),
    row("Latency p90", b.p90, d.p90),
    row("Latency p99", b.p99, d.p99),
    {
      what: "Throughput, one at a time",
      baseline: `${significant(b.perSecond)} /s`,
      deployed: `${significant(d.perSecond)} /s`,
      change: same ? faster(d.perSecond / b.perSecond) : "other machines",
      good: same ? better(d.perSecond / b.perSecond - 1) : undefined,
    },
  ];
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
  if (b === undefined || d === undefined || b <= 0 || d <= 0) return [];
  return [{ ...sizeRow(b, d), what: "Peak memory of the model" }];
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

/** "passed", with what decided it; undefined where nothing was validated. */
export const verdictWord = ({ validation }: Result): "PASSED" | "FAILED" | "NOT VALIDATED" =>
  validation === undefined ? "NOT VALIDATED" : validation.verdict.passed ? "PASSED" : "FAILED";

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

/** `onnxruntime 1.30.0; 21 integer kernels, 0 layers in float, 2 conversions` */
export function engineText({ target: { versions, kernels } }: Result): string {
  const engines = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  if (!kernels) return engines.join(", ");
  const { integer, float, conversions } = kernels;
  return `${engines.join(", ")}: ${counted(integer, "integer kernel")}, ${counted(float, "layer")} in float, ${counted(conversions, "conversion")}`;
}
