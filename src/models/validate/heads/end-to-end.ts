import type { Box } from "../boxes.ts";
import { numbersOf } from "../numbers.ts";
import type { FindHead } from "./types.ts";

/** More boxes than this are no result of a suppression. */
const MOST = 1000;
const COLUMNS = 6;

/**
 * One output of [1, N, 6]: corners (pixels), score and class of each box, suppressed by the model. YOLOv10, YOLO26, and
 * Ultralytics' exports with nms=True.
 */
export const endToEnd: FindHead = ({ outputs }) => {
  const [only] = outputs;
  const [batch, boxes = 0, columns] = only?.dims ?? [];
  if (outputs.length !== 1 || only?.dims.length !== 3 || batch !== 1) return undefined;
  if (columns !== COLUMNS || boxes > MOST || boxes <= COLUMNS) return undefined;
  const { name } = only;
  return {
    name: "end-to-end YOLO",
    confidence: 0.25,
    suppress: undefined,
    decode(values, least) {
      const numbers = numbersOf(values[name]!)!;
      const found: Box[] = [];
      for (let i = 0; i + COLUMNS <= numbers.length; i += COLUMNS) {
        const [x1, y1, x2, y2, score, kind] = numbers.subarray(i, i + COLUMNS);
        if (score! >= least)
          found.push({ x1: x1!, y1: y1!, x2: x2!, y2: y2!, score: score!, class: Math.round(kind!) });
      }
      return found;
    },
  };
};
