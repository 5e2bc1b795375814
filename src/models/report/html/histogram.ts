import { html, type Markup } from "../../../base/html/markup.ts";
import { binned, linearScale } from "./scale.ts";

export interface Series {
  name: string;
  /** Class of the style sheet that colours it. */
  style: "baseline" | "deployed";
  values: readonly number[];
}

export interface HistogramOptions {
  title: string;
  /** How a value of the axis is written. */
  show: (value: number) => string;
  /** A line across, as what is allowed. */
  mark?: { at: number; text: string } | undefined;
}

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [520, 210, 40, 28, 16];
const BINS = 40;
/** What lies beyond so many medians goes into the last bin: a few slow runs would press all others into the first. */
const MEDIANS = 3;

/** How often values occur, the series over each other. */
export function histogram(series: readonly Series[], { title, show, mark }: HistogramOptions): Markup {
  const last = Math.max(...series.map(({ values }) => shownOf(values)));
  const shownMark = mark && mark.at <= last * 4 ? mark : undefined;
  const x = linearScale(Math.max(last, shownMark?.at ?? 0), WIDTH - LEFT - 4, { ticks: 5 });
  const bins = series.map(({ values }) => binned(values, 0, x.most, BINS));
  const most = Math.max(3, ...bins.flat().map(({ count }) => count));
  const y = linearScale(most, HEIGHT - BOTTOM - TOP, { ticks: 3 });
  const base = HEIGHT - BOTTOM;
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
${y.ticks.map((tick) => html`<line class="grid" x1="${LEFT}" x2="${WIDTH}" y1="${n(base - y.at(tick))}" y2="${n(base - y.at(tick))}"/><text class="tick" text-anchor="end" x="${LEFT - 6}" y="${n(base - y.at(tick) + 4)}">${tick}</text>`)}
${x.ticks.map((tick, i) => html`<text class="tick" text-anchor="${i === x.ticks.length - 1 ? "end" : "middle"}" x="${n(LEFT + x.at(tick))}" y="${base + 18}">${show(tick)}</text>`)}
${series.map(({ name, style }, s) =>
  bins[s]!.filter(({ count }) => count > 0).map(
    ({ from, to, count }) =>
      html`<rect class="bar ${style}" x="${n(LEFT + x.at(from))}" width="${n(Math.max(1, x.at(to - from) - 1))}" y="${n(base - y.at(count))}" height="${n(y.at(count))}"><title>${name}: ${count} between ${show(from)} and ${show(to)}</title></rect>`,
  ),
)}
${shownMark && markLine(LEFT + x.at(shownMark.at), base, shownMark.text)}
</svg>`;
}

/** The greatest value that has a place of its own on the axis. */
function shownOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 1;
  return Math.min(sorted.at(-1) ?? 1, median === 0 ? Number.POSITIVE_INFINITY : median * MEDIANS);
}

const markLine = (x: number, base: number, text: string): Markup =>
  html`<line class="mark" x1="${n(x)}" x2="${n(x)}" y1="${TOP}" y2="${base}"/><text class="mark-text" text-anchor="${x > WIDTH - 120 ? "end" : "start"}" x="${n(x > WIDTH - 120 ? x - 5 : x + 5)}" y="${TOP + 10}">${text}</text>`;

/** No more digits than a screen has points. */
const n = (value: number): string => String(Number(value.toFixed(1)));
