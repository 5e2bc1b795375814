import type { Box } from "../boxes.ts";
import { type Numbers, numbersOf } from "../numbers.ts";
import { cellCounts } from "./grid.ts";
import type { FindHead, Head } from "./types.ts";

/** Ultralytics' defaults: 0.25 for what is found; 0.7 (v8) and 0.45 (v5) for suppression. */
const CONFIDENCE = 0.25;

/**
 * One output of [1, 4 + classes, cells]: centre, size (pixels) and a score for each class, row by row. YOLOv8, v9, v11 and
 * v12 (ultralytics, nn/modules/head.py, Detect).
 */
export const yolo8: FindHead = ({ outputs, image }) => {
  const [only] = outputs;
  const [batch, rows = 0, cells = 0] = only?.dims ?? [];
  if (outputs.length !== 1 || only?.dims.length !== 3 || batch !== 1 || rows < 5) return undefined;
  if (!cellCounts(image).includes(cells)) return undefined;
  return yoloHead("YOLOv8", 0.7, only.name, {
    cells,
    at: (values, cell, row) => values[row * cells + cell]!,
    rows,
    firstClass: 4,
  });
};

/**
 * One output of [1, 3·cells, 5 + classes]: centre, size (pixels), whether there is anything, and a score for each class,
 * box by box. YOLOv5 and v7 (yolov5, models/yolo.py, Detect).
 */
export const yolo5: FindHead = ({ outputs, image }) => {
  const [first] = outputs;
  const [batch, boxes = 0, rows = 0] = first?.dims ?? [];
  if (first?.dims.length !== 3 || batch !== 1 || rows < 6) return undefined;
  if (!cellCounts(image).some((cells) => boxes === 3 * cells)) return undefined;
  return yoloHead("YOLOv5", 0.45, first.name, {
    cells: boxes,
    at: (values, cell, row) => values[cell * rows + row]!,
    rows,
    firstClass: 5,
  });
};

/** How a YOLO output lies in memory. */
interface Layout {
  cells: number;
  rows: number;
  firstClass: 4 | 5;
  at(values: Numbers, cell: number, row: number): number;
}

function yoloHead(name: string, suppress: number, output: string, layout: Layout): Head {
  return {
    name,
    suppress,
    confidence: CONFIDENCE,
    decode: (outputs, least) => decode(numbersOf(outputs[output]!)!, layout, least),
    parts: (outputs) => {
      const values = numbersOf(outputs[output]!)!;
      return [
        { output, name: `${output} (boxes)`, values: rowsOf(values, layout, 0, 4) },
        { output, name: `${output} (scores)`, values: rowsOf(values, layout, 4, layout.rows) },
      ];
    },
  };
}

function decode(values: Numbers, layout: Layout, least: number): Box[] {
  const { cells, at } = layout;
  const boxes: Box[] = [];
  for (let cell = 0; cell < cells; cell++) {
    const { score, found } = bestClass(values, layout, cell);
    if (!(score >= least)) continue;
    const [x, y] = [at(values, cell, 0), at(values, cell, 1)];
    const [halfWidth, halfHeight] = [at(values, cell, 2) / 2, at(values, cell, 3) / 2];
    boxes.push({
      x1: x - halfWidth,
      y1: y - halfHeight,
      x2: x + halfWidth,
      y2: y + halfHeight,
      score,
      class: found,
    });
  }
  return boxes;
}

function bestClass(values: Numbers, { at, rows, firstClass }: Layout, cell: number) {
  let [score, found] = [0, 0];
  for (let row = firstClass; row < rows; row++) {
    const value = at(values, cell, row);
    if (value > score) [score, found] = [value, row - firstClass];
  }
  return { score: firstClass === 5 ? score * at(values, cell, 4) : score, found };
}

/** Some rows of every cell, in an order that does not matter. */
function rowsOf(values: Numbers, { cells, at }: Layout, from: number, to: number): Float32Array {
  const picked = new Float32Array(cells * (to - from));
  let i = 0;
  for (let row = from; row < to; row++)
    for (let cell = 0; cell < cells; cell++) picked[i++] = at(values, cell, row);
  return picked;
}
