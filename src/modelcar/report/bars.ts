import { html, type Markup } from "../../base/html/markup.ts";
import { bytesText, MIB } from "../requirements/units.ts";
import type { MemoryReport, ModelReport } from "./types.ts";

/** Units of the drawings; they are stretched to the page, so that all text stands beside them. */
const [WIDTH, BAR, STRIP] = [1000, 30, 8];

/** Classes of the style sheet, in the order of the terms. */
export const TERM_STYLES = ["weights", "cache", "activations", "graphs", "overhead"] as const;

/** One GPU: what the model takes of it, what vLLM may use, what there is. */
export function memoryBar(memory: MemoryReport, memoryMiB: number, name: string): Markup {
  const whole = memoryMiB * MIB;
  const most = Math.max(whole, memory.total) * 1.0001;
  const at = (bytes: number): number => (Math.max(0, bytes) / most) * WIDTH;
  const budget = at(memory.budget);
  const over = memory.total - memory.budget;
  return html`<svg class="memory" viewBox="0 0 ${WIDTH} ${BAR}" preserveAspectRatio="none" role="img" aria-label="Memory of one GPU for ${name}: ${bytesText(memory.total)} of ${bytesText(memory.budget)}">
<rect class="empty" x="0" y="0" width="${n(at(whole))}" height="${BAR}"/>
${termRects(memory, at)}
${over > 0 && html`<rect class="over" x="${n(budget)}" y="0" width="${n(at(memory.total) - budget)}" height="${BAR - STRIP}"><title>${bytesText(over)} more than vLLM may use</title></rect>`}
<line class="budget" x1="${n(budget)}" x2="${n(budget)}" y1="0" y2="${BAR}"/>
</svg>
<p class="tick">vLLM may use ${bytesText(memory.budget)} of ${bytesText(whole)}${over > 0 ? html`: <b class="bad">${bytesText(over)} are missing</b>` : html`, ${bytesText(-over)} are left`}</p>`;
}

function termRects({ terms }: MemoryReport, at: (bytes: number) => number): Markup[] {
  let from = 0;
  return terms.map(({ label, bytes, formula }, i) => {
    const x = at(from);
    from += bytes;
    const width = Math.max(0, at(from) - x - 1);
    return html`<rect class="term ${TERM_STYLES[i] ?? "overhead"}" x="${n(x)}" y="0" width="${n(width)}" height="${BAR}"><title>${label}: ${bytesText(bytes)} = ${formula}</title></rect>`;
  });
}

export interface Device {
  label: string;
  model: ModelReport | undefined;
  memoryMiB: number | undefined;
}

/** The GPUs of a node, a line each, with what runs there. */
export const deviceBars = (devices: readonly Device[], title: string): Markup =>
  html`<div class="devices" role="group" aria-label="${title}">
${devices.map(deviceBar)}
</div>`;

function deviceBar({ label, model, memoryMiB = 1 }: Device): Markup {
  const whole = memoryMiB * MIB;
  const at = (bytes: number): number => Math.min(1, bytes / whole) * WIDTH;
  return html`<div class="device"><span>${label}</span><span class="${model === undefined ? "soft" : "runs"}">${model?.name ?? "free"}</span><svg class="memory thin" viewBox="0 0 ${WIDTH} ${BAR}" preserveAspectRatio="none" aria-hidden="true"><rect class="empty" x="0" y="0" width="${WIDTH}" height="${BAR}"/>${model?.memory !== undefined && termRects(model.memory, at)}</svg></div>`;
}

const n = (value: number): string => String(Number(value.toFixed(1)));
