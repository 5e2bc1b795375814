import { capital } from "../../../base/capital.ts";
import { counted } from "../../../base/counted.ts";
import { html, type Markup } from "../../../base/html/markup.ts";
import { htmlTable } from "../../../base/html/table.ts";
import { bytes, milliseconds, percent } from "../format.ts";
import type { Result } from "../result-schema.ts";
import { faster, layersText, sides, summaryRows } from "../summary.ts";
import { isOnDevice, verdictLine } from "../verdict-line.ts";

export function verdictCard(result: Result): Markup {
  const { word, kind, text } = verdictLine(result);
  const style = kind === "open" ? "" : kind;
  return html`<section class="card verdict ${style}"><strong>${word}</strong><p>${sentence(text)}</p></section>`;
}

const sentence = (text: string): string => `${capital(text)}.`;

interface Tile {
  value: string;
  what: string;
  /** Beside it, smaller. */
  more: string;
}

export const tiles = (result: Result): Markup =>
  html`<section class="tiles">${tilesOf(result).map(
    ({ value, what, more }) =>
      html`<div class="tile"><span class="soft small">${what}</span><b>${value}</b><span class="soft small">${more}</span></div>`,
  )}</section>`;

function tilesOf(result: Result): Tile[] {
  const { validation, source, artifact, layers } = result;
  return [
    ...accuracyTile(validation),
    ...(isOnDevice(result) ? speedTile(validation) : []),
    {
      what: "Size",
      value: bytes(artifact.bytes),
      more: `of ${bytes(source.bytes)} (${percent(artifact.bytes / source.bytes, 0)})`,
    },
    {
      what: "Layers",
      value: `${layers.filter(({ precision }) => precision !== "float").length} of ${layers.length}`,
      more: layersText(result),
    },
  ];
}

function accuracyTile(validation: Result["validation"]): Tile[] {
  const accuracy = validation?.classification?.accuracy;
  if (accuracy) {
    const { baseline, deployed, samples } = accuracy;
    const more = `float ${percent(baseline.top1)}, over ${counted(samples, "sample")}`;
    return [{ what: "Top-1 accuracy", value: percent(deployed.top1), more }];
  }
  if (validation?.detection) {
    const { agreement, baseline } = validation.detection;
    return [{ what: "Boxes that agree", value: percent(agreement), more: `float found ${baseline}` }];
  }
  const agreement = validation?.classification?.top1Agreement;
  if (agreement !== undefined) {
    const more = `over ${counted(validation!.samples.length, "sample")}`;
    return [{ what: "Same class as float", value: percent(agreement), more }];
  }
  const worst = validation?.outputs.toSorted(
    (a, b) => (b.disagreement ?? Infinity) - (a.disagreement ?? Infinity),
  )[0];
  if (!worst) return [];
  const value = worst.disagreement === null ? "∞" : percent(worst.disagreement);
  return [{ what: "Output difference", value, more: `of the range of ${worst.name}` }];
}

function speedTile(validation: Result["validation"]): Tile[] {
  const [before, after] = [validation?.baseline.latency, validation?.deployed.latency];
  if (!before || !after) return [];
  const { speedUp } = validation!;
  return [
    {
      what: "Median latency",
      value: milliseconds(after.p50),
      more: `float ${milliseconds(before.p50)}: ${speedUp === undefined ? "another machine" : faster(speedUp)}`,
    },
  ];
}

export const summaryCard = (
  result: Result,
): Markup => html`<section class="card"><h2>Float and deployed, side by side</h2>
${htmlTable(
  ["", ...sides(result), "Change"],
  summaryRows(result).map(({ what, baseline, deployed, change, good }) => [
    what,
    baseline,
    deployed,
    good === undefined ? change : html`<span class="${good ? "good" : "bad"}">${change}</span>`,
  ]),
)}${machines(result)}</section>`;

function machines(result: Result): Markup | undefined {
  const { validation } = result;
  if (!validation) return undefined;
  const { baseline, deployed } = validation;
  const timed = isOnDevice(result) && baseline.latency && deployed.latency;
  const runs = timed
    ? ` ${timed.runs} runs of one sample each, one after the other, after ${timed.warmUp} to warm up; the two models took turns.`
    : "";
  const where =
    baseline.machine === deployed.machine ? deployed.machine : `${baseline.machine}; ${deployed.machine}`;
  return html`<p class="soft small">Measured on ${where}: ${baseline.name} against ${deployed.name}.${runs}</p>`;
}
