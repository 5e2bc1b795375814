import { html, type Markup } from "../../../base/html/markup.ts";
import { htmlTable } from "../../../base/html/table.ts";
import { milliseconds, percent } from "../format.ts";
import type { Result } from "../result-schema.ts";
import { classText, OUTPUT_COLUMNS, outputRows, worstSamples } from "../summary.ts";
import type { SampleResult, ValidationResult } from "../validation-schema.ts";
import { isOnDevice } from "../verdict-line.ts";
import { histogram } from "./histogram.ts";

/** How many samples are shown. */
const WORST = 12;

const LEGEND = html`<p class="soft small"><span class="key"></span>float<span class="key ours"></span>deployed</p>`;

export function chartCards(result: Result): Markup | undefined {
  const { validation } = result;
  if (!validation) return undefined;
  const latency = isOnDevice(result) ? latencyCard(validation) : undefined;
  return html`<div class="two">${latency}${errorCard(validation)}</div>`;
}

function latencyCard({ baseline, deployed }: ValidationResult): Markup | undefined {
  if (!baseline.latency || !deployed.latency) return undefined;
  const chart = histogram(
    [
      { name: "float", style: "baseline", values: baseline.latency.times },
      { name: "deployed", style: "deployed", values: deployed.latency.times },
    ],
    { title: "Histogram of latencies", show: milliseconds },
  );
  return html`<section class="card"><h2>Latency</h2><p class="soft small">Runs by their time; the last bar has all that took longer.</p>${LEGEND}${chart}</section>`;
}

function errorCard({ samples, verdict }: ValidationResult): Markup | undefined {
  const values = samples.flatMap(({ difference }) => (difference === null ? [] : [difference]));
  if (values.length === 0) return undefined;
  const chart = histogram([{ name: "samples", style: "deployed", values }], {
    title: "Histogram of the differences of samples",
    show: (share) => percent(share),
    mark:
      verdict.criterion === "output"
        ? { at: verdict.tolerance, text: `${percent(verdict.tolerance, 1)} allowed` }
        : undefined,
  });
  return html`<section class="card"><h2>Difference of the outputs</h2>
<p class="soft small">Samples by root mean square difference, as a share of the output's range; the last bar has all beyond.</p>${chart}</section>`;
}

export const outputsCard = ({ validation }: Result): Markup | undefined =>
  validation && validation.outputs.length > 0
    ? html`<section class="card"><h2>Outputs</h2>
<p class="soft small">Deployed against float, element by element, over ${validation.samples.length} samples with the same inputs.
Disagreement: root mean square difference as a share of the float output's range.</p>
${htmlTable(OUTPUT_COLUMNS, outputRows(validation))}${agreement(validation)}</section>`
    : undefined;

function agreement({ classification, detection }: ValidationResult): Markup | undefined {
  if (classification) {
    const { top1Agreement, top5Agreement, samples, accuracy } = classification;
    const five =
      top5Agreement === undefined
        ? ""
        : `, and it is among the deployed's five best for ${percent(top5Agreement)}`;
    const bounds = accuracy
      ? ` With ${accuracy.samples} labelled samples, the accuracy lost lies between ${percent(accuracy.drop.low)} and ${percent(accuracy.drop.high)} (95 % confidence).`
      : "";
    return html`<p class="soft small">Both tell the same class for ${percent(top1Agreement)} of ${samples} samples${five}.${bounds}</p>`;
  }
  if (!detection) return undefined;
  const { head, confidence, baseline, deployed, matched, overlap, againstBaseline } = detection;
  const { crossed = 0, crossedBy = 0 } = detection;
  const where = overlap === undefined ? "" : `, which overlap by ${percent(overlap)} on average`;
  const map = againstBaseline
    ? ` With float's boxes for the truth: mAP50 ${percent(againstBaseline.map50)}, mAP50-95 ${percent(againstBaseline.map)}.`
    : "";
  return html`<p class="soft small">Read as ${head}, boxes with a score of ${confidence} or more: float finds ${baseline}, deployed ${deployed}; ${matched} pairs${where}.${crossed > 0 ? ` ${crossed} more are found by both, by one of them with a lower score (up to ${crossedBy.toFixed(2)} apart).` : ""}${map}</p>`;
}

export function samplesCard({ validation, worst }: Result): Markup | undefined {
  if (!validation) return undefined;
  const images = new Map(worst.map(({ file, image }) => [file, image]));
  const shown = worstSamples(validation, WORST);
  return html`<section class="card"><h2>Worst samples</h2>
<p class="soft small">Those with the greatest difference, as the model was given them, after preprocessing.</p>
<div class="samples">${shown.map((sample) => figure(sample, images.get(sample.file), validation.labels))}</div></section>`;
}

function figure(
  { file, difference, cosine, classes, boxes }: SampleResult,
  image: string | undefined,
  labels: readonly string[] | undefined,
): Markup {
  const told = classes ? classText(classes, labels) : boxes && `${boxes.matched} of ${boxes.baseline} boxes`;
  const changed = classes ? classes.baseline !== classes.deployed : false;
  return html`<figure>${image === undefined ? html`<div class="no-image">no picture</div>` : html`<img src="${image}" alt="" loading="lazy">`}
<figcaption>${told && html`<span class="${changed ? "bad" : ""}">${told}</span><br>`}${difference === null ? "not finite" : percent(difference)}
<span class="soft">cos ${cosine.toFixed(4)}<br>${shortName(file)}</span></figcaption></figure>`;
}

/** The end of a path says which it is. */
const shortName = (file: string): string => file.split(/[\\/]/).slice(-2).join("/");
