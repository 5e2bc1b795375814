import { readFile } from "node:fs/promises";
import { errorCode } from "../../base/errors.ts";
import { labelFiles } from "../data/box-files.ts";
import { decodeImage } from "../data/decode-image.ts";
import { placementOf, type Size } from "../data/fit-image.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import { ModelFileError } from "../onnx/model-error.ts";
import type { Box } from "./boxes.ts";
import type { ValidationSamples } from "./validate.ts";

export interface KnownBoxOptions {
  /** Of the model's input. */
  input: Size;
  /** How the images become that. */
  how: Preprocessing;
}

/**
 * The samples with the boxes that are known to be in them, where a text file beside the image tells them (YOLO's format,
 * https://docs.ultralytics.com/datasets/detect): photo.txt beside photo.jpg, or in `labels` where that lies in `images`.
 */
export const withKnownBoxes = (samples: ValidationSamples, options: KnownBoxOptions): ValidationSamples => ({
  ...samples,
  async read(index) {
    const sample = await samples.read(index);
    const boxes = await knownBoxes(sample.file, options);
    return boxes ? { ...sample, boxes } : sample;
  },
});

async function knownBoxes(image: string, { input, how }: KnownBoxOptions): Promise<Box[] | undefined> {
  const found = await firstText(labelFiles(image));
  if (!found) return undefined;
  const lines = parseBoxes(found.text, found.file);
  if (lines.length === 0) return [];
  const { width, height } = await decodeImage(await readFile(image));
  return lines.map((line) => placed(line, placementOf({ width, height }, input, how)));
}

async function firstText(files: readonly string[]): Promise<{ file: string; text: string } | undefined> {
  for (const file of files) {
    try {
      return { file, text: await readFile(file, "utf8") };
    } catch (thrown) {
      if (errorCode(thrown) !== "ENOENT") throw thrown;
    }
  }
  return undefined;
}

/** A line of the file: class, and centre and size as shares of the image. */
export interface BoxLine {
  class: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Throws a ModelFileError with the line that is none. */
export function parseBoxes(text: string, file: string): BoxLine[] {
  return text
    .split("\n")
    .map((line, i) => ({ fields: line.trim().split(/\s+/), where: `${file}:${i + 1}` }))
    .filter(({ fields }) => fields[0] !== "")
    .map(({ fields, where }) => {
      const [kind, ...shares] = fields.map(Number) as [number, ...number[]];
      const isOne = Number.isInteger(kind) && kind >= 0 && shares.every((n) => n >= 0 && n <= 1);
      const [x, y, width, height] = shares as [number, number, number, number];
      if (isOne && shares.length === 4) return { class: kind, x, y, width, height };
      if (isOne && shares.length >= 6 && shares.length % 2 === 0) return { class: kind, ...around(shares) };
      throw new ModelFileError("this line is no box", {
        where,
        hint: "Write class, centre x, centre y, width and height, the last four as shares of the image from 0 to 1.",
      });
    });
}

/** The box around an outline, x and y in turn: data sets for masks have such, and boxes with an angle. */
function around(outline: readonly number[]): Omit<BoxLine, "class"> {
  const [xs, ys] = [outline.filter((_, i) => i % 2 === 0), outline.filter((_, i) => i % 2 === 1)];
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  return { x: (left + right) / 2, y: (top + bottom) / 2, width: right - left, height: bottom - top };
}

const placed = (line: BoxLine, place: ReturnType<typeof placementOf>): Box => ({
  x1: place.left + (line.x - line.width / 2) * place.width,
  y1: place.top + (line.y - line.height / 2) * place.height,
  x2: place.left + (line.x + line.width / 2) * place.width,
  y2: place.top + (line.y + line.height / 2) * place.height,
  score: 1,
  class: line.class,
});
