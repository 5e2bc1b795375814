import { counted } from "../../base/counted.ts";
import { duration } from "../../base/duration.ts";
import { bytes, decibels, percent, shape, whole } from "./format.ts";
import type { Result } from "./result-schema.ts";
import {
  classText,
  engineText,
  guessed,
  layersText,
  lossText,
  mixedText,
  OUTPUT_COLUMNS,
  outputRows,
  precisionName,
  sides,
  summaryRows,
  worstSamples,
} from "./summary.ts";
import { verdictLine } from "./verdict-line.ts";

const WORST = 10;

/** The report as Markdown (GitHub's, for its tables). Names are escaped: they come from models and file systems. */
export function markdownReport(result: Result): string {
  const { source, target, precision } = result;
  const { word, text } = verdictLine(result);
  return [
    `# ${escaped(source.file)} → ${escaped(target.name)}, ${precision}`,
    `**${word}**: ${escaped(text)}.`,
    rows(
      ["", ...sides(result), "Change"],
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
  return all.length === 0 ? [] : ["## To know", all.map((note) => `- ${escapedLine(note)}`).join("\n")];
}

function outputs({ validation }: Result): string[] {
  if (!validation || validation.outputs.length === 0) return [];
  return [
    `## Outputs, over ${counted(validation.samples.length, "sample")}`,
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
  const lines = result.layers.map(({ name, operator, precision, sqnr, outputSqnr, elements, reason }) => [
    name,
    operator,
    precisionName(precision),
    sqnr === undefined ? "" : decibels(sqnr),
    outputSqnr === undefined ? "" : decibels(outputSqnr),
    elements === undefined ? "" : whole(elements),
    reason ?? "",
  ]);
  const title = `## Layers: ${layersText(result)}`;
  return [
    title,
    rows(
      ["Layer", "Operator", "Precision", "SQNR of weights", "SQNR of output", "Weights", "Why in float"],
      lines,
    ),
  ];
}

function mixed({ mixed: chosen }: Result): string[] {
  if (!chosen) return [];
  const told = ["## Left in float for the accuracy", mixedText(chosen)];
  if (chosen.kept.length === 0) return told;
  return [
    ...told,
    rows(
      ["Layer", "Operator", "Lost if quantized", "Weights in float"],
      chosen.kept.map(({ layer, operator, ifQuantized, elements }) => [
        layer,
        operator,
        lossText(ifQuantized),
        whole(elements),
      ]),
    ),
  ];
}

function facts(result: Result): string[] {
  const { source, inputs, preprocessing, calibration, artifact, program, steps } = result;
  const calibrated = calibration && [
    `${calibration.method}${calibration.percentile === undefined ? "" : ` ${calibration.percentile} %`}`,
    counted(calibration.samples, "sample"),
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
    [guessed(result, "Preprocessing"), JSON.stringify(preprocessing)],
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

/**
 * No name ends a cell, begins a tag, a link, an entity or an emphasis (CommonMark 0.31, 2.4 "Backslash escapes"; 6.2: _ within a
 * word is a letter). What would mean nothing stays as it is, so that the text can be read.
 */
export const escaped = (text: string): string =>
  text
    .replace(/\s+/g, " ")
    .replace(/[\\`*[\]<|~]|&(?=#?\w+;)|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, (found) => `\\${found}`);

/** The same at the beginning of a line, where more has a meaning: headings, quotations, lists. */
const escapedLine = (text: string): string =>
  escaped(text).replace(/^([#>+-]|\d+[.)](?=\s))/, (found) => `${found.slice(0, -1)}\\${found.slice(-1)}`);
