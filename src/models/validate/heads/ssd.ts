import type { Feeds } from "../../ort/types.ts";
import type { Box } from "../boxes.ts";
import { type Numbers, numbersOf } from "../numbers.ts";
import type { FindHead, Head, HeadFacts } from "./types.ts";

type Output = HeadFacts["outputs"][number];

/** Usual for scores of a softmax. */
const CONFIDENCE = 0.5;

/**
 * Scores of [1, N, classes] and corners of [1, N, 4], shares of the image, of every prior box: SSD, UltraFace. Of two classes
 * or more the first is the background where the scores are shares (each box's sum to 1).
 */
export const priors: FindHead = ({ outputs, image }) => {
  const boxes = outputs.find(isBoxes);
  if (!boxes) return undefined;
  const [, count] = boxes.dims;
  const scores = outputs.find(
    (output) =>
      output !== boxes && output.dims.length === 3 && output.dims[0] === 1 && output.dims[1] === count,
  );
  if (outputs.length !== 2 || !scores) return undefined;
  const classes = scores.dims[2]!;
  // UltraFace's own threshold (detect_imgs_onnx.py), for detectors of one kind of thing beside a background.
  const confidence = classes === 2 ? 0.7 : CONFIDENCE;
  return headOf({ name: "SSD", suppress: 0.45, confidence }, (values, least) => {
    const all = numbersOf(values[scores.name]!)!;
    const background = classes > 1 && areShares(all.subarray(0, classes)) ? 1 : 0;
    const found = boxesOf(numbersOf(values[boxes.name]!)!, least, (i) =>
      best(all.subarray(i * classes + background, (i + 1) * classes)),
    );
    return found.map((box) => inPixels(box, image));
  });
};

/**
 * Corners of [N, 4], with a score and a class for each, suppressed by the model: torchvision's, in pixels, and TensorFlow's
 * detection_boxes, detection_scores and detection_classes, shares with y before x.
 */
export const suppressed: FindHead = ({ outputs, image }) => {
  const boxes = outputs.find(isBoxes);
  const scores = outputs.find(({ name }) => /score/i.test(name));
  const classes = outputs.find(({ name }) => /label|class/i.test(name));
  if (!boxes || !scores || !classes || !isFlat(scores) || !isFlat(classes)) return undefined;
  const facts = { name: "SSD with suppression", suppress: undefined, confidence: CONFIDENCE };
  return headOf(facts, (values, least) => {
    const [score, kind] = [numbersOf(values[scores.name]!)!, numbersOf(values[classes.name]!)!];
    const of = (i: number) => ({ score: score[i]!, class: kind[i]! });
    const found = boxesOf(numbersOf(values[boxes.name]!)!, least, of);
    return boxes.name.startsWith("detection_") ? found.map((box) => inPixels(transposed(box), image)) : found;
  });
};

const inPixels = ({ x1, y1, x2, y2, ...rest }: Box, { width, height }: HeadFacts["image"]): Box => ({
  x1: x1 * width,
  y1: y1 * height,
  x2: x2 * width,
  y2: y2 * height,
  ...rest,
});

const transposed = ({ x1, y1, x2, y2, ...rest }: Box): Box => ({ x1: y1, y1: x1, x2: y2, y2: x2, ...rest });

const isBoxes = ({ name, dims }: Output): boolean =>
  dims.at(-1) === 4 &&
  /box|bbox|loc/i.test(name) &&
  (dims.length === 2 || (dims.length === 3 && dims[0] === 1));

const isFlat = ({ dims }: Output): boolean => dims.length === 1 || (dims.length === 2 && dims[0] === 1);

const headOf = (
  facts: Pick<Head, "name" | "suppress" | "confidence">,
  decode: (outputs: Feeds, least: number) => Box[],
): Head => ({ ...facts, decode });

/** Shares of a softmax, in float16 at worst. */
function areShares(scores: Numbers): boolean {
  let sum = 0;
  for (const score of scores) sum += score;
  return Math.abs(sum - 1) < 0.02;
}

function best(scores: Numbers): { score: number; class: number } {
  let [score, kind] = [0, 0];
  for (let i = 0; i < scores.length; i++) if (scores[i]! > score) [score, kind] = [scores[i]!, i];
  return { score, class: kind };
}

function boxesOf(
  corners: Numbers,
  least: number,
  of: (i: number) => { score: number; class: number },
): Box[] {
  const boxes: Box[] = [];
  for (let i = 0; i * 4 < corners.length; i++) {
    const facts = of(i);
    if (!(facts.score >= least)) continue;
    const [x1, y1, x2, y2] = corners.subarray(i * 4, i * 4 + 4);
    boxes.push({ x1: x1!, y1: y1!, x2: x2!, y2: y2!, ...facts });
  }
  return boxes;
}
