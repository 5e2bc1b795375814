import type { DataType } from "./types.ts";

/**
 * The array that holds elements of a type, little-endian as they are in files (IR.md, "Tensor"); bool as bytes of 0 and 1.
 * Types of which JavaScript has no numbers are not here.
 */
interface ArrayOf {
  float: Float32Array;
  double: Float64Array;
  float16: Float16Array;
  int8: Int8Array;
  uint8: Uint8Array;
  bool: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
}

export type ArrayType = keyof ArrayOf & DataType;
export type Elements = ArrayOf[ArrayType];

export const ARRAYS = {
  float: Float32Array,
  double: Float64Array,
  float16: Float16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
} as const satisfies Views;

type Views = {
  [Type in ArrayType]: new (
    buffer: ArrayBufferLike,
    offset: number,
    length: number,
  ) => ArrayOf[Type];
};
const VIEWS: Views = ARRAYS;

export const isArrayType = (type: DataType): type is ArrayType => Object.hasOwn(ARRAYS, type);

/** Whether its elements are numbers with a fraction. */
export const isFraction = (type: DataType): boolean =>
  type === "float" || type === "double" || type === "float16" || type === "bfloat16";

export const bytesPerElement = (type: ArrayType): number => ARRAYS[type].BYTES_PER_ELEMENT;

/** The array of these numbers; for 64-bit integers what stands before the point. */
export function elementsFrom(type: ArrayType, numbers: Iterable<number | bigint>): Elements {
  const Target = ARRAYS[type];
  const big = Target === BigInt64Array || Target === BigUint64Array;
  if (!big) return (Target as typeof Float32Array).from(numbers, Number);
  return Target.from(
    Array.from(numbers, (value) => BigInt(typeof value === "number" ? Math.trunc(value) : value)),
  );
}

/** The elements at these bytes; a copy only where the bytes do not lie as the array needs it. */
export function elementsAt<Type extends ArrayType>(type: Type, bytes: Uint8Array): ArrayOf[Type] {
  const size = bytesPerElement(type);
  const own = bytes.byteOffset % size === 0 ? bytes : Uint8Array.from(bytes);
  return new VIEWS[type](own.buffer, own.byteOffset, Math.floor(bytes.byteLength / size));
}
