import { type Elements, elementsAt, isArrayType, isFraction } from "./elements.ts";
import { ModelFileError } from "./model-error.ts";
import { DATA_TYPES, type DataType, type Tensor } from "./types.ts";

/** Bits of one element; 0 where elements have no fixed size. */
const BITS: Readonly<Record<DataType, number>> = {
  float: 32,
  uint8: 8,
  int8: 8,
  uint16: 16,
  int16: 16,
  int32: 32,
  int64: 64,
  string: 0,
  bool: 8,
  float16: 16,
  double: 64,
  uint32: 32,
  uint64: 64,
  complex64: 64,
  complex128: 128,
  bfloat16: 16,
  float8e4m3fn: 8,
  float8e4m3fnuz: 8,
  float8e5m2: 8,
  float8e5m2fnuz: 8,
  uint4: 4,
  int4: 4,
  float4e2m1: 4,
  float8e8m0: 8,
  uint2: 2,
  int2: 2,
};

const NAMES = new Map<number, DataType>(
  Object.entries(DATA_TYPES).map(([name, code]) => [code, name as DataType]),
);

/** The type by its number in the file; undefined for one that this version does not know. */
export const dataTypeOf = (code: number): DataType | undefined => NAMES.get(code);

export const countOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** Bytes that a tensor of these dimensions takes; elements of less than a byte are packed (IR.md, "Tensor"). */
export const byteLengthOf = (type: DataType, dims: readonly number[]): number =>
  Math.ceil((countOf(dims) * BITS[type]) / 8);

/** A tensor of these elements; they are not copied. */
export function tensorOf(name: string, type: DataType, dims: readonly number[], elements: Elements): Tensor {
  const raw = new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
  const expected = byteLengthOf(type, dims);
  if (raw.byteLength !== expected) {
    throw new Error(`${name}: ${raw.byteLength} bytes for ${type}[${dims}], which takes ${expected}`);
  }
  return { name, type, dims, byteLength: expected, raw: () => raw };
}

/** A tensor whose elements are worked out at each call, so that copies of large weights are not held. */
export const computedTensor = (
  name: string,
  type: DataType,
  dims: readonly number[],
  elements: () => Elements,
): Tensor => ({
  name,
  type,
  dims,
  byteLength: byteLengthOf(type, dims),
  raw: () => tensorOf(name, type, dims, elements()).raw(),
});

/** The same elements under another name, in other dimensions. */
export const reshaped = (tensor: Tensor, name: string, dims: readonly number[]): Tensor => {
  const { proto: _, ...rest } = tensor;
  return { ...rest, name, dims };
};

/** The elements as float32, of a float, double, float16 or bfloat16 tensor. A view where they are that already. */
export function floatsOf(tensor: Tensor): Float32Array {
  const bytes = tensor.raw();
  switch (tensor.type) {
    case "float":
      return elementsAt("float", bytes);
    case "double":
      return Float32Array.from(elementsAt("double", bytes));
    case "float16":
      return Float32Array.from(elementsAt("float16", bytes));
    case "bfloat16":
      return fromBfloat16(elementsAt("uint16", bytes));
    default:
      throw new ModelFileError(`expected numbers with a fraction, found ${tensor.type}`, {
        where: tensor.name,
      });
  }
}

/** The elements of an integer tensor as numbers. */
export function integersOf({ name, type, raw }: Tensor): number[] {
  if (!isArrayType(type) || isFraction(type))
    throw new ModelFileError(`expected integers, found ${type}`, { where: name });
  return Array.from<number | bigint, number>(elementsAt(type, raw()), Number);
}

function fromBfloat16(halves: Uint16Array): Float32Array {
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = halves[i]! << 16;
  return new Float32Array(words.buffer);
}
