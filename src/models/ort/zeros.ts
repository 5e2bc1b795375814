import { ARRAYS, isArrayType } from "../onnx/elements.ts";
import { byteLengthOf, countOf } from "../onnx/tensor.ts";
import type { DataType } from "../onnx/types.ts";
import type { Value, ValueData } from "./types.ts";

/** A value of zeros, or of empty texts. */
export const zeros = (type: DataType, dims: readonly number[]): Value => ({
  type,
  dims,
  data: zeroData(type, dims),
});

function zeroData(type: DataType, dims: readonly number[]): ValueData {
  if (isArrayType(type)) return new ARRAYS[type](countOf(dims));
  return type === "string" ? Array<string>(countOf(dims)).fill("") : new Uint8Array(byteLengthOf(type, dims));
}
