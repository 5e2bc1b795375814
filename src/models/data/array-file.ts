import type { DataType } from "../onnx/types.ts";

/** Types of elements that arrays come in. */
export type ArrayType = Extract<
  DataType,
  | "float"
  | "double"
  | "float16"
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "bool"
>;

export const ELEMENT_BYTES: Readonly<Record<ArrayType, number>> = {
  float: 4,
  double: 8,
  float16: 2,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  bool: 1,
};

/** An array in a file, row-major and little-endian, read piece by piece. */
export interface ArrayFile {
  /** The file, and the name in it. */
  name: string;
  type: ArrayType;
  dims: readonly number[];
  /** The bytes from `start` to before `end`, aligned to 8. */
  bytes(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

export const countOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

export type Elements =
  | Float32Array
  | Float64Array
  | Float16Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** The elements at these bytes, which are not copied. */
export function elementsOf(
  type: ArrayType,
  { buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>,
): Elements {
  const length = byteLength / ELEMENT_BYTES[type];
  switch (type) {
    case "float":
      return new Float32Array(buffer, byteOffset, length);
    case "double":
      return new Float64Array(buffer, byteOffset, length);
    case "float16":
      return new Float16Array(buffer, byteOffset, length);
    case "int8":
      return new Int8Array(buffer, byteOffset, length);
    case "uint8":
    case "bool":
      return new Uint8Array(buffer, byteOffset, length);
    case "int16":
      return new Int16Array(buffer, byteOffset, length);
    case "uint16":
      return new Uint16Array(buffer, byteOffset, length);
    case "int32":
      return new Int32Array(buffer, byteOffset, length);
    case "uint32":
      return new Uint32Array(buffer, byteOffset, length);
    case "int64":
      return new BigInt64Array(buffer, byteOffset, length);
    case "uint64":
      return new BigUint64Array(buffer, byteOffset, length);
  }
}
