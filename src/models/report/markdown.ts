import { duration } from "../../base/duration.ts";
import { bytes, decibels, percent, shape, whole } from "./format.ts";
import type { Result } from "./result-schema.ts";
import {
  classText,
  engineText,
  layersText,
  OUTPUT_COLUMNS,
  outputRows,
  precisionName,
  summaryRows,
  verdictWord,
  worstSamples,
} from "./summary.ts";

const WORST = 10;

/** The report as Markdown (GitHub's, for its tables). Names are escaped: they come from models and file systems. */
export function markdownReport(result: Result): string {
  const { source, target, precision, validation } = result;
  return [
    `# ${escaped(source.file)} → ${escaped(target.name)}, ${precision}`,
    `**${verdictWord(result)}**${validation ? `: ${escaped(validation.verdict.text)}.` : "."}`,
    rows(
      ["", "Float", "Deployed", "Change"],
      summaryRows(result).map(({ what, baseline, deployed, change }) => [what, baseline, deployed, change]),
    ),
    ...notes(result),
    ...outputs(result),
    ...worst(result),
    ...layers(result),
    ...mixed(result),
    ...facts(result),
  ]
    .join("\n\n")
    .concat("\n");
}

function notes({ warnings, validation }: Result): string[] {
  const all = [...warnings, ...(validation?.notes ?? [])];
  return all.length === 0 ? [] : ["## To know", all.map((note) => `- ${escaped(note)}`).join("\n")];
}

function outputs({ validation }: Result): string[] {
  if (!validation || validation.outputs.length === 0) return [];
  return [
    `## Outputs, over ${validation.samples.length} samples`,
    rows(OUTPUT_COLUMNS, outputRows(validation)),
  ];
}

function worst({ validation }: Result): string[] {
  if (!validation) return [];
  const lines = worstSamples(validation, WORST).map(({ file, difference, cosine, classes, boxes }) => [
    file,
    difference === null ? "∞" : percent(difference),
    cosine.toFixed(5),
    classes
      ? classText(classes, validation.labels)
      : boxes
        ? `${boxes.matched} of ${boxes.baseline} boxes`
        : "",
  ]);
  return ["## Worst samples", rows(["Sample", "Difference", "Cosine", "What was told"], lines)];
}

function layers(result: Result): string[] {
  if (result.layers.length === 0) return [];
  const lines = result.layers.map(({ name, operator, precision, sqnr, elements, reason }) => [
    name,
    operator,
    precisionName(precision),
    sqnr === undefined ? "" : decibels(sqnr),
    elements === undefined ? "" : whole(elements),
    reason ?? "",
  ]);
  const title = `## Layers: ${layersText(result)}`;
  return [
    title,
    rows(["Layer", "Operator", "Precision", "SQNR of weights", "Weights", "Why in float"], lines),
  ];
}

function mixed({ mixed: chosen }: Result): string[] {
  if (!chosen || chosen.kept.length === 0) return [];
  const told = (share: number | null | undefined) =>
    share === undefined ? "–" : share === null ? "∞" : percent(share);
  return [
    "## Left in float for the accuracy",
    `${told(chosen.before)} was lost with every layer quantized, ${told(chosen.after)} is lost now; ${percent(chosen.limit)} may be.`,
    rows(
      ["Layer", "Operator", "Lost if quantized", "Weights in float"],
      chosen.kept.map(({ layer, operator, ifQuantized, elements }) => [
        layer,
        operator,
        told(ifQuantized),
        whole(elements),
      ]),
    ),
  ];
}

function facts(result: Result): string[] {
  const { source, inputs, preprocessing, calibration, artifact, program, steps } = result;
  const calibrated = calibration && [
    `${calibration.method}${calibration.percentile === undefined ? "" : ` ${calibration.percentile} %`}`,
    `${calibration.samples} samples`,
    `${calibration.skipped.length} skipped`,
  ];
  const lines = [
    [
      "Model",
      `${source.file}, ${bytes(source.bytes)}, opset ${source.opset}, ${whole(source.parameters)} weights`,
    ],
    ["SHA-256 of it", source.sha256],
    ["Inputs", inputs.map(({ name, type, dims }) => `${name}: ${type} ${shape(dims)}`).join("; ")],
    ["Runs on", engineText(result)],
    ["Preprocessing", JSON.stringify(preprocessing)],
    ...(calibrated ? [["Calibration", calibrated.join(", ")]] : []),
    ...artifact.files.map(({ path, sha256 }) => [path, `SHA-256 ${sha256}`]),
    ["Made by", `${program.name} ${program.version}`],
    ["Time taken", steps.map(({ name, ms }) => `${name} ${duration(ms)}`).join(", ")],
  ];
  return ["## How it was made", rows(["", ""], lines)];
}

const rows = (columns: readonly string[], lines: readonly (readonly string[])[]): string =>
  [columns.map(escaped), columns.map(() => "---"), ...lines.map((line) => line.map(escaped))]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");

/** No name ends a cell, begins a tag, a link or an emphasis (CommonMark 2.4, "Backslash escapes"). */
export const escaped = (text: string): string =>
  text.replace(/\s+/g, " ").replace(/[\\`*_{}[\]<>()#|~!&]/g, (found) => `\\${found}`);
