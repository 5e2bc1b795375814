import { shapeText } from "../ort/values.ts";
import { DataError } from "./data-error.ts";
import type { Preprocessing } from "./preprocessing.ts";
import type { InputSpec } from "./types.ts";

export interface ImageShape {
  layout: "nchw" | "nhwc";
  /** Copies of the image that one run takes. */
  batch: number;
  channels: 1 | 3;
  height: number;
  width: number;
}

const isChannels = (dim: number | undefined): dim is 1 | 3 => dim === 1 || dim === 3;

/** How an image lies in an input, with a batch dimension or without; undefined for an input that takes none. */
export function imageShapeOf(
  { dims }: Pick<InputSpec, "dims">,
  layout?: Preprocessing["layout"],
): ImageShape | undefined {
  if (dims.length !== 3 && dims.length !== 4) return undefined;
  const [batch, a, b, c] = dims.length === 4 ? dims : [1, ...dims];
  if (isChannels(a) && layout !== "nhwc")
    return { layout: "nchw", batch: batch!, channels: a, height: b!, width: c! };
  if (isChannels(c) && layout !== "nchw")
    return { layout: "nhwc", batch: batch!, channels: c, height: a!, width: b! };
  return undefined;
}

/** The same, or a DataError that says what the input takes. */
export function requireImageShape(input: InputSpec, layout?: Preprocessing["layout"]): ImageShape {
  const shape = imageShapeOf(input, layout);
  if (shape) return shape;
  const as = layout === undefined ? "" : ` in ${layout.toUpperCase()}`;
  throw new DataError(
    `input "${input.name}" takes ${shapeText(input.dims)}: no image of 1 or 3 channels${as}`,
    {
      hint: "Give such inputs as arrays: .npy, or .npz with an array for each input by its name.",
    },
  );
}
