import { capital } from "../../base/capital.ts";
import { counted } from "../../base/counted.ts";
import { html, type Markup } from "../../base/html/markup.ts";
import { htmlPage } from "../../base/html/page.ts";
import { type Cell, htmlTable } from "../../base/html/table.ts";
import { editText } from "../decision/change-text.ts";
import { bytesText, wholeText } from "../requirements/units.ts";
import { runtimeText } from "../runtime/text.ts";
import { deviceBars, memoryBar, TERM_STYLES } from "./bars.ts";
import { devicesOf } from "./devices.ts";
import { STYLE } from "./style.ts";
import {
  concurrencyText,
  devicesText,
  longestText,
  quantizationText,
  sizeText,
  type ToldChanges,
  toldChanges,
  toldNearest,
  toldReasons,
  toldVerdict,
  unhealthyText,
} from "./text.ts";
import type { AcceleratorReport, ModelReport, Report, StepReport } from "./types.ts";

/** The report as one HTML page that needs nothing else. */
export const htmlReport = (report: Report): string =>
  htmlPage({
    title: `Model-car: ${report.file}`,
    subtitle: subtitle(report),
    style: STYLE,
    body: html`${verdictCard(report)}
${modelsCard(report)}
${machinesCard(report)}
${report.models.map(modelCard)}
${stepsCard(report)}`,
  });

const subtitle = ({ models, accelerators }: Report): string => {
  const runtime = accelerators?.runtime;
  const vllm = runtime?.version === undefined ? "vLLM of an unknown release" : `vLLM ${runtime.version}`;
  return `${counted(models.length, "model")} · ${vllm}`;
};

const kindOf = (verdict: string): "go" | "no" | "unknown" =>
  verdict === "GO" ? "go" : verdict.startsWith("NO-GO") ? "no" : "unknown";

const CARDS = { go: "passed", no: "failed", unknown: "unknown" } as const;

const badge = (verdict: string): Markup => html`<span class="badge ${kindOf(verdict)}">${verdict}</span>`;

/** One that is tight has the colour of what is to be looked at. */
const ownBadge = (model: ModelReport): Markup => badge(toldVerdict(model));

function verdictCard({ verdict, summary, together, warnings }: Report): Markup {
  const more = [...together.reasons.map(({ text }) => text), ...warnings];
  return html`<section class="card verdict ${CARDS[kindOf(verdict)]}"><strong>${verdict}</strong><p>${sentence(summary)}</p></section>
${more.length > 0 && html`<section class="card notes"><ul>${more.map((text) => html`<li>${sentence(text)}</li>`)}</ul>${toldNearest(together.nearest).map(changesBox)}</section>`}`;
}

const sentence = (text: string): string => `${capital(text)}.`;

function modelsCard({ models }: Report): Markup {
  const rows = models.map((model): Cell[] => [
    html`<div class="name">${model.name}</div><div class="on soft small">${devicesText(model)}</div>`,
    ownBadge(model),
    html`${sizeText(model)}<div class="soft small">${quantizationText(model)}</div>`,
    model.memory === undefined ? "" : `${model.memory.gpus}× ${bytesText(model.memory.total)}`,
    ...(model.memory === undefined || model.gpu === undefined
      ? []
      : [bytesText(model.memory.margin), longestText(model.memory.largestContext)]),
  ]);
  const titles = ["Model", "Verdict", "Parameters, quantization", "Needs a GPU", "Margin", "Longest context"];
  return html`<section class="card models"><h2>Models</h2>${htmlTable(titles, rows, { text: [0, 1, 2] })}</section>`;
}

const MOST_DEVICES = 32;

function runtimesText({ runtime, otherRuntimes = {} }: AcceleratorReport): string {
  const others = Object.entries(otherRuntimes).map(([vendor, own]) => `for ${vendor} ${runtimeText(own)}`);
  return [runtimeText(runtime), ...others].join("; ");
}

function machinesCard(report: Report): Markup | undefined {
  const { accelerators } = report;
  if (accelerators === undefined) return undefined;
  const nodes = accelerators.nodes.map((node) => {
    const devices = devicesOf(node, report.models);
    const gpus = node.gpus.map(({ product, allocatable }) => `${allocatable}× ${product}`).join(", ");
    const unhealthy = node.gpus.flatMap((gpu) => unhealthyText(gpu) ?? []);
    const state = [
      ...(node.ready ? [] : ["not ready"]),
      ...(node.schedulable ? [] : ["cordoned"]),
      ...unhealthy,
      ...node.taints.map((taint) => `taint ${taint}`),
    ];
    return html`<h3>${node.name}</h3><p class="soft small">${[gpus || "no GPU", ...state].join(" · ")}</p>
${devices.length > 0 && deviceBars(devices.slice(0, MOST_DEVICES), `GPUs of ${node.name}`)}`;
  });
  const { problems } = accelerators;
  return html`<section class="card"><h2>GPUs</h2><p class="soft small">${runtimesText(accelerators)}</p>
<p class="soft small legend">${legend()}</p>${nodes}
${problems.length > 0 && html`<ul>${problems.map(({ text, hint }) => html`<li>${text}${hint !== undefined && html` <span class="soft">${hint}</span>`}</li>`)}</ul>`}</section>`;
}

const LABELS = ["weights", "KV cache", "activations", "CUDA graphs", "overhead"];
const legend = (): Markup[] =>
  [...TERM_STYLES, "over"].map(
    (style, i) => html`<span><span class="key ${style}"></span>${LABELS[i] ?? "too much"}</span>`,
  );

function modelCard(model: ModelReport): Markup {
  const { name, memory, gpu, facts, image } = model;
  return html`<section class="card model"><h2>${name} ${ownBadge(model)}</h2>
<p class="soft small"><code>${image}</code>${facts?.architecture !== undefined && ` · ${facts.architecture}`}${gpu !== undefined && ` · ${devicesText(model)}`}</p>
${memory !== undefined && gpu !== undefined && memoryBar(memory, gpu.memoryMiB, name)}
${reasonList(model)}
${toldChanges(model).map(changesBox)}
${memory !== undefined && html`<details><summary>How the memory adds up</summary>${memoryTable(memory)}</details>`}
${facts !== undefined && html`<details><summary>What was read</summary><ul class="small">${[...facts.evidence, ...facts.problems].map((text) => html`<li>${text}</li>`)}</ul></details>`}
</section>`;
}

function reasonList(model: ModelReport): Markup | undefined {
  const reasons = toldReasons(model);
  if (reasons.length === 0) return undefined;
  const cited = (source: string | undefined) =>
    source !== undefined && html` <span class="soft small">(${source})</span>`;
  return html`<ul>${reasons.map(({ text, source }) => html`<li>${text}${cited(source)}</li>`)}</ul>`;
}

function changesBox({ title, changes }: ToldChanges): Markup {
  const items = changes.map(
    (change) => html`<li><code>${editText(change)}</code> <span class="soft">${change.why}</span></li>`,
  );
  return html`<div class="changes"><b>${capital(title)}</b><ul>${items}</ul></div>`;
}

function memoryTable(memory: NonNullable<ModelReport["memory"]>): Markup {
  const rows: Cell[][] = memory.terms.map(({ label, bytes, formula }) => [label, bytesText(bytes), formula]);
  rows.push([
    "together",
    bytesText(memory.total),
    `of ${bytesText(memory.budget)} that vLLM may use of a GPU`,
  ]);
  const context = `${wholeText(memory.contextLength)} tokens; longest that fits: ${longestText(memory.largestContext)}; ${concurrencyText(memory.concurrency)} sequences at once`;
  return html`${htmlTable(["", "A GPU", "By"], rows, { text: [0, 2] })}<p class="soft small">Context: ${context}.${memory.assumptions.map((text) => ` Supposed: ${text}.`)}</p>`;
}

function stepsCard({ steps }: Report): Markup {
  return html`<section class="card"><h2>What was done</h2>${steps.map(stepMarkup)}</section>`;
}

const stepMarkup = ({ name, status, checks, problem, hint }: StepReport): Markup =>
  html`<h3>${name}${status === "done" ? "" : ` (${status})`}</h3>
<ul class="checks small">${checks.map(({ text, status: how, detail }) => html`<li class="${how}">${text}${detail !== undefined && html` <span class="soft">${detail}</span>`}</li>`)}</ul>
${problem !== undefined && html`<p class="bad small">${problem}${hint !== undefined && ` ${hint}`}</p>`}`;
