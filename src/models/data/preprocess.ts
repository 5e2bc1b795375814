import { counted } from "../../base/counted.ts";
import type { Value } from "../ort/types.ts";
import { DataError } from "./data-error.ts";
import { fitImage } from "./fit-image.ts";
import { type ImageShape, requireImageShape } from "./image-shape.ts";
import type { Preprocessing } from "./preprocessing.ts";
import type { InputSpec, Pixels } from "./types.ts";

/** The image as the input takes it; where that wants a batch of several, each is this image. */
export function preprocess(image: Pixels, input: InputSpec, how: Preprocessing): Value {
  const shape = requireImageShape(input, how.layout);
  const data = elementsFor(
    input,
    input.dims.reduce((product, dim) => product * dim, 1),
  );
  const fitted = fitImage(withChannels(image, shape.channels), shape, how);
  const one = shape.channels * shape.height * shape.width;
  tablesOf(how, shape, input).forEach((table, c) => {
    const source = how.channels === "bgr" && shape.channels === 3 ? 2 - c : c;
    fillChannel(data, fitted, { shape, table, source, target: c });
  });
  for (let copy = 1; copy < shape.batch; copy++) data.copyWithin(copy * one, 0, one);
  return { type: input.type, dims: input.dims, data };
}

type Elements = Float32Array | Float64Array | Float16Array | Uint8Array | Int8Array;

function elementsFor({ name, type }: InputSpec, count: number): Elements {
  switch (type) {
    case "float":
      return new Float32Array(count);
    case "float16":
      return new Float16Array(count);
    case "double":
      return new Float64Array(count);
    case "uint8":
      return new Uint8Array(count);
    case "int8":
      return new Int8Array(count);
    default:
      throw new DataError(
        `input "${name}" takes ${type}, and images are given as float, float16, double, uint8 or int8`,
      );
  }
}

/** What each of the 256 values of a pixel becomes, in the order of the model's channels. */
function tablesOf(how: Preprocessing, { channels }: ImageShape, { name, type }: InputSpec): Float64Array[] {
  for (const key of ["mean", "std"] as const) {
    if (how[key].length !== 1 && how[key].length !== channels) {
      throw new DataError(
        `${key} has ${how[key].length} numbers, and input "${name}" has ${counted(channels, "channel")}`,
        {
          hint: `Give one number for all channels, or ${channels}.`,
        },
      );
    }
  }
  const whole = type === "uint8" || type === "int8";
  const [least, most] = type === "uint8" ? [0, 255] : [-128, 127];
  return Array.from({ length: channels }, (_, c) => {
    const [mean, std] = [how.mean[c] ?? how.mean[0]!, how.std[c] ?? how.std[0]!];
    const table = Float64Array.from({ length: 256 }, (_, pixel) => (pixel * how.scale - mean) / std);
    return whole ? table.map((value) => Math.min(most, Math.max(least, Math.round(value)))) : table;
  });
}

function fillChannel(
  out: Elements,
  image: Pixels,
  {
    shape,
    table,
    source,
    target,
  }: { shape: ImageShape; table: Float64Array; source: number; target: number },
): void {
  const count = image.width * image.height;
  const [step, plane] = shape.layout === "nchw" ? [1, count] : [shape.channels, 1];
  const { data, channels } = image;
  for (let i = 0, from = source, to = target * plane; i < count; i++, from += channels, to += step) {
    out[to] = table[data[from]!]!;
  }
}

/** Pillow's convert("L"), or convert("RGB"): alpha is left out. */
function withChannels(image: Pixels, channels: 1 | 3): Pixels {
  if (image.channels === channels) return image;
  const { width, height, data: from } = image;
  const count = width * height;
  const data = new Uint8Array(count * channels);
  const step = image.channels;
  if (channels === 1) {
    for (let i = 0, at = 0; i < count; i++, at += step) {
      data[i] = (from[at]! * 19595 + from[at + 1]! * 38470 + from[at + 2]! * 7471 + 0x8000) >> 16;
    }
  } else {
    const [green, blue] = step === 1 ? [0, 0] : [1, 2];
    for (let i = 0, at = 0, to = 0; i < count; i++, at += step, to += 3) {
      data[to] = from[at]!;
      data[to + 1] = from[at + green]!;
      data[to + 2] = from[at + blue]!;
    }
  }
  return { width, height, channels, data };
}
