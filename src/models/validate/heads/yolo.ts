import type { Box } from "../boxes.ts";
import { type Numbers, numbersOf } from "../numbers.ts";
import { cellCounts } from "./grid.ts";
import type { FindHead, Head } from "./types.ts";

/** Ultralytics' defaults: 0.25 for what is found; 0.7 (v8) and 0.45 (v5) for suppression. */
const CONFIDENCE = 0.25;

/**
 * One output of [1, 4 + classes + masks, cells]: centre, size (pixels), a score for each class, and what each box takes of
 * the masks, row by row; where there are masks, they are another output, [1, masks, height, width]. YOLOv8, v9, v11, v12 and
 * YOLO26 without its suppression (ultralytics, nn/modules/head.py, Detect and Segment). Pose and OBB models have
 * coordinates and an angle in such rows: their boxes are not read.
 */
export const yolo8: FindHead = ({ outputs, image }) => {
  const [first, masks, ...more] = outputs;
  const [batch, all = 0, cells = 0] = first?.dims ?? [];
  if (first?.dims.length !== 3 || batch !== 1 || more.length > 0) return undefined;
  if (masks !== undefined && masks.dims.length !== 4) return undefined;
  const rows = all - (masks?.dims[1] ?? 0);
  if (rows < 5 || !cellCounts(image).includes(cells)) return undefined;
  const scores = first.values().subarray(4 * cells, rows * cells);
  if (!areScores(scores) || !areRare(scores, cells)) return undefined;
  return yoloHead("YOLOv8", 0.7, first.name, {
    cells,
    at: (values, cell, row) => values[row * cells + cell]!,
    rows,
    all,
    firstClass: 4,
  });
};

/** Room for what a quantized model makes of 0 and 1. */
const SLACK = 0.05;

const areScores = (values: Numbers): boolean =>
  values.every((value) => !(value < -SLACK || value > 1 + SLACK));

/** What a detector found everywhere it would not tell apart: the mean of a class over all cells is some hundredths. */
const MOST_MEAN = 0.25;

function areRare(values: Numbers, cells: number): boolean {
  for (let from = 0; from < values.length; from += cells) {
    let sum = 0;
    for (let i = from; i < from + cells; i++) sum += values[i]!;
    if (sum / cells > MOST_MEAN) return false;
  }
  return true;
}

/**
 * One output of [1, 3·cells, 5 + classes + masks]: centre, size (pixels), whether there is anything, a score for each class,
 * and what each box takes of the masks, box by box; masks as with `yolo8`. YOLOv5 and v7 (yolov5, models/yolo.py, Detect
 * and Segment).
 */
export const yolo5: FindHead = ({ outputs, image }) => {
  const [first, ...others] = outputs;
  const [batch, boxes = 0, all = 0] = first?.dims ?? [];
  if (first?.dims.length !== 3 || batch !== 1) return undefined;
  const rows = all - (others.find(({ dims }) => dims.length === 4)?.dims[1] ?? 0);
  if (rows < 6 || !cellCounts(image).some((cells) => boxes === 3 * cells)) return undefined;
  const values = first.values();
  for (let box = 0; box < boxes; box++)
    if (!areScores(values.subarray(box * all + 4, box * all + rows))) return undefined;
  return yoloHead("YOLOv5", 0.45, first.name, {
    cells: boxes,
    at: (numbers, cell, row) => numbers[cell * all + row]!,
    rows,
    all,
    firstClass: 5,
  });
};

/** How a YOLO output lies in memory. */
interface Layout {
  cells: number;
  /** Those of boxes and scores. */
  rows: number;
  /** And those of masks. */
  all: number;
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
      const { rows, all } = layout;
      const part = (what: string, from: number, to: number) => ({
        output,
        name: `${output} (${what})`,
        values: rowsOf(values, layout, from, to),
      });
      const masks = all > rows ? [part("masks", rows, all)] : [];
      return [part("boxes", 0, 4), part("scores", 4, rows), ...masks];
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
