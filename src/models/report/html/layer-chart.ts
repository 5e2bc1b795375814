import { html, type Markup } from "../../../base/html/markup.ts";
import { decibels, whole } from "../format.ts";
import type { ResultLayer } from "../result-schema.ts";
import { precisionName } from "../summary.ts";
import { linearScale } from "./scale.ts";

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [1000, 240, 44, 22, 10];
/** Wider bars than this look like blocks. */
const MOST_BAR = 26;

/** Whether it is known what the layers give; else of their weights alone. */
export const outputsKnown = (layers: readonly ResultLayer[]): boolean =>
  layers.some(({ outputSqnr }) => outputSqnr !== undefined);

/** The layers, each with the signal to noise that the chart shows of it; undefined where it has none. */
export function figuresOf(
  layers: readonly ResultLayer[],
): { layer: ResultLayer; sqnr: ResultLayer["sqnr"] }[] {
  const known = outputsKnown(layers);
  return layers.map((layer) => ({ layer, sqnr: known ? layer.outputSqnr : layer.sqnr }));
}

/**
 * Signal to noise of what each layer gives, or of its weights where that is not known: a bar each, in the order of the graph.
 * Layers in float are outlined, or stand as a dot on the axis where they have no figure.
 */
export function layerChart(layers: readonly ResultLayer[]): Markup {
  const known = outputsKnown(layers);
  const figures = figuresOf(layers);
  const numbers = figures.flatMap(({ sqnr }) => (typeof sqnr === "number" ? [sqnr] : []));
  const y = linearScale(Math.max(10, ...numbers), HEIGHT - BOTTOM - TOP, { ticks: 4 });
  const base = HEIGHT - BOTTOM;
  const slot = (WIDTH - LEFT) / Math.max(1, layers.length);
  const width = Math.max(0.6, Math.min(MOST_BAR, slot * 0.8));
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Signal to quantization noise of ${known ? "what each layer gives" : "the weights of each layer"}">
${y.ticks.map((tick) => html`<line class="grid" x1="${LEFT}" x2="${WIDTH}" y1="${n(base - y.at(tick))}" y2="${n(base - y.at(tick))}"/><text class="tick" text-anchor="end" x="${LEFT - 6}" y="${n(base - y.at(tick) + 4)}">${tick} dB</text>`)}
${figures.map(({ layer, sqnr }, i) => bar(layer, sqnr, { x: LEFT + slot * i + slot / 2, width, base, height: (sqnr) => y.at(sqnr) }))}
<text class="tick" x="${LEFT}" y="${HEIGHT - 4}">first layer</text>
<text class="tick" text-anchor="end" x="${WIDTH}" y="${HEIGHT - 4}">last layer</text>
</svg>`;
}

interface Place {
  x: number;
  width: number;
  base: number;
  height(sqnr: number): number;
}

function bar(layer: ResultLayer, sqnr: ResultLayer["sqnr"], { x, width, base, height }: Place): Markup {
  const title = html`<title>${layerTitle(layer)}</title>`;
  if (sqnr === undefined) {
    return html`<circle class="float-layer" cx="${n(x)}" cy="${base - 5}" r="${n(Math.min(4, width / 2))}">${title}</circle>`;
  }
  const tall = typeof sqnr === "number" ? height(Math.max(0, sqnr)) : base - TOP;
  const style = layer.precision === "float" ? "float-layer" : "bar deployed";
  return html`<rect class="${style}" x="${n(x - width / 2)}" width="${n(width)}" y="${n(base - tall)}" height="${n(tall)}">${title}</rect>`;
}

const layerTitle = ({ name, operator, precision, sqnr, outputSqnr, elements, reason }: ResultLayer): string =>
  [
    `${name} (${operator}), ${precisionName(precision)}`,
    sqnr === undefined ? reason : `weights ${decibels(sqnr)}, ${whole(elements ?? 0)} of them`,
    outputSqnr === undefined ? undefined : `output ${decibels(outputSqnr)}`,
  ]
    .filter((part) => part !== undefined)
    .join(": ");

const n = (value: number): string => String(Number(value.toFixed(1)));
