import { counted } from "../../../base/counted.ts";
import { duration } from "../../../base/duration.ts";
import { html, type Markup } from "../../../base/html/markup.ts";
import { type Cell, htmlTable } from "../../../base/html/table.ts";
import { bytes, decibels, shape, whole } from "../format.ts";
import type { Result, ResultLayer } from "../result-schema.ts";
import { engineText, guessed, layersText, lossText, mixedText, precisionName } from "../summary.ts";
import { figuresOf, layerChart, outputsKnown } from "./layer-chart.ts";

/** Layers that lost most, shown before all others. */
const NOISIEST = 6;

export function notesCard({ warnings, validation }: Result): Markup | undefined {
  const all = [...warnings, ...(validation?.notes ?? [])];
  if (all.length === 0) return undefined;
  return html`<section class="card notes"><h2>Before you believe the figures</h2><ul>${all.map((note) => html`<li>${note}</li>`)}</ul></section>`;
}

const OF_OUTPUTS =
  "Signal to quantization noise of what each layer gives, against the float model over a few samples, with what came in from the layers before";
const OF_WEIGHTS =
  "Signal to quantization noise of each layer's weights alone; what the layers give was not measured";

export function layersCard(result: Result): Markup | undefined {
  const { layers } = result;
  if (layers.length === 0) return undefined;
  const known = outputsKnown(layers);
  const noisiest = figuresOf(layers)
    .flatMap(({ layer, sqnr }) => (typeof sqnr === "number" ? [{ layer, sqnr }] : []))
    .toSorted((a, b) => a.sqnr - b.sqnr)
    .slice(0, NOISIEST)
    .map(({ layer }) => layer);
  const left = layers.filter(({ precision }) => precision === "float");
  return html`<section class="card"><h2>Layers</h2>
<p class="soft small">${layersText(result)}. ${known ? OF_OUTPUTS : OF_WEIGHTS}, in the order of the graph: 6 dB are one bit.</p>
<p class="soft small"><span class="key ours"></span>quantized<span class="key open"></span>left in float</p>
${noisiest.length > 0 && layerChart(layers)}
${noisiest.length > 0 && html`<h3>The noisiest</h3>${layerTable(noisiest)}`}
${left.length > 0 && html`<h3>Left in float</h3>${floatTable(left)}`}
${findingsOf(result)}
<details><summary>All ${counted(layers.length, "layer")}</summary>${layerTable(layers)}</details></section>`;
}

const floatTable = (layers: readonly ResultLayer[]): Markup =>
  htmlTable(
    ["Layer", "Operator", "Why"],
    layers.map(({ name, operator, reason }): Cell[] => [html`<code>${name}</code>`, operator, reason ?? ""]),
    { text: [0, 1, 2] },
  );

/** What calibration saw of activations that never change. */
function findingsOf({ calibration }: Result): Markup | undefined {
  const findings = calibration?.findings ?? [];
  if (findings.length === 0) return undefined;
  return html`<details><summary>${findings.length} activations that never changed in part, or were infinite</summary><ul class="small">${findings.map(({ text }) => html`<li>${text}</li>`)}</ul></details>`;
}

const layerTable = (layers: readonly ResultLayer[]): Markup =>
  htmlTable(
    ["Layer", "Operator", "Precision", "Weights", "SQNR of weights", "SQNR of output"],
    layers.map(({ name, operator, precision, elements, sqnr, outputSqnr }): Cell[] => [
      html`<code>${name}</code>`,
      operator,
      precisionName(precision),
      elements === undefined ? "" : whole(elements),
      sqnr === undefined ? "" : decibels(sqnr),
      outputSqnr === undefined ? "" : decibels(outputSqnr),
    ]),
    { text: [0, 1, 2] },
  );

export function mixedCard({ mixed }: Result): Markup | undefined {
  if (!mixed) return undefined;
  return html`<section class="card"><h2>Left in float for the accuracy</h2>
<p class="soft small">${mixedText(mixed)}</p>
${
  mixed.kept.length > 0 &&
  htmlTable(
    ["Layer", "Operator", "Lost if quantized", "Weights in float"],
    mixed.kept.map(({ layer, operator, ifQuantized, elements }) => [
      html`<code>${layer}</code>`,
      operator,
      lossText(ifQuantized),
      whole(elements),
    ]),
    { text: [0, 1] },
  )
}</section>`;
}

export function factsCard(result: Result): Markup {
  const { source, inputs, preprocessing, calibration, artifact, steps, program } = result;
  const rows: [string, Cell][] = [
    [
      "Model",
      `${source.file}: ${bytes(source.bytes)}, opset ${source.opset}, ${whole(source.nodes)} nodes, ${whole(source.parameters)} weights${source.producer === "" ? "" : `, by ${source.producer}`}`,
    ],
    ["SHA-256 of it", html`<code>${source.sha256}</code>`],
    ["Inputs", inputs.map(({ name, type, dims }) => `${name}: ${type} ${shape(dims)}`).join("; ")],
    [guessed(result, "Preprocessing"), html`<code>${JSON.stringify(preprocessing)}</code>`],
    ...(calibration ? calibrationRows(calibration) : []),
    ["Engine", engineText(result)],
    ...artifact.files.map(({ path, sha256, bytes: size }): [string, Cell] => [
      path,
      html`${bytes(size)}, SHA-256 <code>${sha256}</code>`,
    ]),
    ["Time taken", steps.map(({ name, ms }) => `${name} ${duration(ms)}`).join(", ")],
    ["Made by", `${program.name} ${program.version}`],
  ];
  return html`<section class="card"><h2>How it was made</h2><dl>${rows.map(([what, value]) => html`<dt>${what}</dt><dd>${value}</dd>`)}</dl></section>`;
}

function calibrationRows({
  method,
  percentile,
  samples,
  skipped,
  digest,
}: NonNullable<Result["calibration"]>): [string, Cell][] {
  const how = percentile === undefined ? method : `${method} ${percentile} %`;
  const missed =
    skipped.length === 0 ? "" : `; ${skipped.length} skipped: ${skipped.map(({ file }) => file).join(", ")}`;
  return [
    ["Calibration", `${how}, ${counted(samples, "sample")}${missed}`],
    ["SHA-256 of its data", html`<code>${digest}</code>`],
  ];
}
