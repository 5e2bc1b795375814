import { html, type Markup } from "../../base/html/markup.ts";
import { bytesText, MIB } from "../requirements/units.ts";
import type { MemoryReport, ModelReport } from "./types.ts";

const [WIDTH, BAR, SCALE] = [1000, 30, 18];

/** Classes of the style sheet, in the order of the terms. */
export const TERM_STYLES = ["weights", "cache", "activations", "graphs", "overhead"] as const;

/** One GPU: what the model takes of it, what vLLM may use, what there is. */
export function memoryBar(memory: MemoryReport, memoryMiB: number, name: string): Markup {
  const whole = memoryMiB * MIB;
  const most = Math.max(whole, memory.total) * 1.0001;
  const at = (bytes: number): number => (Math.max(0, bytes) / most) * WIDTH;
  let from = 0;
  const parts = memory.terms.map(({ label, bytes, formula }, i) => {
    const x = at(from);
    from += bytes;
    const width = Math.max(0, at(from) - x - 1);
    return html`<rect class="term ${TERM_STYLES[i] ?? "overhead"}" x="${n(x)}" y="0" width="${n(width)}" height="${BAR}"><title>${label}: ${bytesText(bytes)} = ${formula}</title></rect>`;
  });
  const budget = at(memory.budget);
  const ends = budget > WIDTH - 90;
  return html`<svg class="memory" viewBox="0 0 ${WIDTH} ${BAR + SCALE}" role="img" aria-label="Memory of one GPU for ${name}: ${bytesText(memory.total)} of ${bytesText(memory.budget)}">
<rect class="empty" x="0" y="0" width="${n(at(whole))}" height="${BAR}"/>
${parts}
${memory.total > memory.budget && html`<rect class="over" x="${n(budget)}" y="0" width="${n(at(memory.total) - budget)}" height="${BAR}"><title>${bytesText(memory.total - memory.budget)} more than vLLM may use</title></rect>`}
<line class="budget" x1="${n(budget)}" x2="${n(budget)}" y1="-2" y2="${BAR + 4}"/>
<text class="tick" text-anchor="${ends ? "end" : "middle"}" x="${n(budget)}" y="${BAR + SCALE - 2}">vLLM may use ${bytesText(memory.budget)}</text>
</svg>`;
}

export interface Device {
  label: string;
  model: ModelReport | undefined;
  memoryMiB: number | undefined;
}

const [LABEL, ROW, THIN] = [170, 24, 15];

/** The GPUs of a node, a line each, with what runs there. */
export function deviceBars(devices: readonly Device[], title: string): Markup {
  const height = devices.length * ROW;
  return html`<svg class="memory" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">
${devices.map((device, i) => deviceBar(device, i * ROW))}
</svg>`;
}

function deviceBar({ label, model, memoryMiB = 1 }: Device, y: number): Markup {
  const room = WIDTH - LABEL;
  const whole = memoryMiB * MIB;
  const at = (bytes: number): number => LABEL + Math.min(1, bytes / whole) * room;
  let from = 0;
  const parts = (model?.memory?.terms ?? []).map(({ label: what, bytes }, i) => {
    const x = at(from);
    from += bytes;
    return html`<rect class="term ${TERM_STYLES[i] ?? "overhead"}" x="${n(x)}" y="${y + 3}" width="${n(Math.max(0, at(from) - x - 1))}" height="${THIN}"><title>${model!.name}, ${what}: ${bytesText(bytes)}</title></rect>`;
  });
  return html`<text class="tick" x="0" y="${y + 15}">${label}</text>
<rect class="empty" x="${LABEL}" y="${y + 3}" width="${room}" height="${THIN}"/>${parts}
<text class="inside" x="${LABEL + 6}" y="${y + 14.5}">${model?.name ?? "free"}</text>`;
}

const n = (value: number): string => String(Number(value.toFixed(1)));
