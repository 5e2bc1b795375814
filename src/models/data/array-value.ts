import {
  ARRAYS,
  type ArrayType,
  bytesPerElement,
  type Elements,
  elementsAt,
  elementsFrom,
  isArrayType,
  isFraction,
} from "../onnx/elements.ts";
import { countOf } from "../onnx/tensor.ts";
import type { Value } from "../ort/types.ts";
import { shapeText } from "../ort/values.ts";
import type { ArrayFile } from "./array-file.ts";
import { DataError } from "./data-error.ts";
import { imageShapeOf } from "./image-shape.ts";
import { preprocess } from "./preprocess.ts";
import type { Preprocessing } from "./preprocessing.ts";
import type { InputSpec, Pixels } from "./types.ts";

/** One sample of an array: the whole of it, the part at an index of its first dimension, or so many of these in a batch. */
export interface ArrayPart {
  array: ArrayFile;
  /** Of parts, or of batches of them. */
  index?: number;
  /** A batch of one has no dimension of its own. */
  batch?: number;
}

export const partDims = ({ array: { dims }, index, batch }: ArrayPart): readonly number[] => {
  if (index === undefined) return dims;
  return batch === undefined ? dims.slice(1) : [batch, ...dims.slice(1)];
};

export function partBytes(part: ArrayPart): Promise<Uint8Array<ArrayBuffer>> {
  const length = countOf(partDims(part)) * bytesPerElement(part.array.type);
  const start = (part.index ?? 0) * length;
  return part.array.bytes(start, start + length);
}

const sameDims = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((dim, i) => dim === b[i]);

/** Without the ones in front: 1×10 and 10 are the same sample. */
const core = (dims: readonly number[]): readonly number[] => {
  const first = dims.findIndex((dim) => dim !== 1);
  return first < 0 ? [] : dims.slice(first);
};

/** Whether it is given as it is, but for the type of its elements. */
export const fitsInput = (dims: readonly number[], input: InputSpec): boolean =>
  sameDims(core(dims), core(input.dims));

/**
 * The sample as the input takes it. Bytes in the form of an image (H×W, H×W×3, 3×H×W) for an input of fractions are pixels
 * and are preprocessed; anything else is taken to have been, and must have the dimensions of the input.
 */
export async function arrayValue(part: ArrayPart, input: InputSpec, how: Preprocessing): Promise<Value> {
  const { type, name } = part.array;
  const dims = partDims(part);
  const bytes = await partBytes(part);
  const image =
    type === "uint8" && input.type !== "uint8" && imageShapeOf(input, how.layout)
      ? pixelsOf(dims, bytes)
      : undefined;
  if (image) return preprocess(image, input, how);
  if (!fitsInput(dims, input)) {
    throw new DataError(
      `samples of ${shapeText(dims)} do not fit input "${input.name}", which takes ${shapeText(input.dims)}`,
      {
        where: name,
      },
    );
  }
  return { type: input.type, dims: input.dims, data: converted(type, bytes, input, name) };
}

/** Bytes as an image, where their dimensions are those of one. */
export function pixelsOf(dims: readonly number[], data: Uint8Array): Pixels | undefined {
  const [a = 0, b = 0, c] = dims.length === 4 && dims[0] === 1 ? dims.slice(1) : dims;
  if (countOf(dims) === 0 || dims.length < 2) return undefined;
  if (c === undefined) return { width: b, height: a, channels: 1, data };
  if (dims.length > 4 || (dims.length === 4 && dims[0] !== 1)) return undefined;
  if (c === 1 || c === 3 || c === 4) return { width: b, height: a, channels: c, data };
  if (a === 1 || a === 3)
    return { width: c, height: b, channels: a, data: a === 1 ? data : interleaved(data, c * b) };
  return undefined;
}

function interleaved(planes: Uint8Array, count: number): Uint8Array {
  const data = new Uint8Array(planes.length);
  for (let i = 0; i < count; i++) for (let c = 0; c < 3; c++) data[i * 3 + c] = planes[c * count + i]!;
  return data;
}

function converted(held: ArrayType, bytes: Uint8Array, { name, type }: InputSpec, file: string): Elements {
  if (!isArrayType(type))
    throw new DataError(`input "${name}" takes ${type}, which no array here holds`, { where: file });
  const elements = elementsAt(held, bytes);
  if (elements instanceof ARRAYS[type]) return elements;
  if (isFraction(held) && !isFraction(type)) {
    throw new DataError(`the array has fractions, and input "${name}" takes ${type}`, { where: file });
  }
  return elementsFrom(type, elements);
}
