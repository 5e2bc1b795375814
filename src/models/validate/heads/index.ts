import type { Feeds } from "../../ort/types.ts";
import { shapeText } from "../../ort/values.ts";
import { numbersOf } from "../numbers.ts";
import { endToEnd } from "./end-to-end.ts";
import { priors, suppressed } from "./ssd.ts";
import type { FindHead, Head } from "./types.ts";
import { yolo5, yolo8 } from "./yolo.ts";

/** The first that fits is taken: those whose dimensions prove more stand first. */
const HEADS: readonly FindHead[] = [yolo8, yolo5, endToEnd, suppressed, priors];

/** What kind of detector gives these outputs for these inputs; undefined for what does not look like one. */
export function findHead(inputs: Feeds, outputs: Feeds): Head | undefined {
  const image = imageSize(inputs);
  if (!image) return undefined;
  const numeric = Object.entries(outputs).filter(([, { type }]) => type !== "string");
  const facts = {
    image,
    outputs: numeric.map(([name, value]) => ({ name, dims: value.dims, values: () => numbersOf(value)! })),
  };
  for (const find of HEADS) {
    const head = find(facts);
    if (head) return head;
  }
  return undefined;
}

/** Why these are not read as the outputs of a detector, in a clause: what `findHead` looked at. */
export function whyNoHead(inputs: Feeds, outputs: Feeds): string {
  const image = imageSize(inputs);
  if (!image) return "no input is a picture";
  const shapes = Object.entries(outputs).map(([name, { dims }]) => `"${name}" is ${shapeText(dims)}`);
  return `for pictures of ${image.width}×${image.height}, ${shapes.join(", ")}: shapes or values are those of no detector known here`;
}

/** Of the input that is an image: [1, channels, height, width], or with the channels last. */
function imageSize(inputs: Feeds): { width: number; height: number } | undefined {
  const dims = Object.values(inputs).find((value) => value.dims.length === 4)?.dims;
  if (dims === undefined) return undefined;
  const [, a, b, c] = dims as [number, number, number, number];
  return c <= 4 && a > 4 ? { height: a, width: b } : { height: b, width: c };
}
