import { countOf } from "../onnx/tensor.ts";
import type { DataType } from "../onnx/types.ts";
import type { Value, ValueData } from "./types.ts";

/** A value of zeros, or of empty texts. */
export const zeros = (type: DataType, dims: readonly number[]): Value => ({
  type,
  dims,
  data: zeroData(type, countOf(dims)),
});

function zeroData(type: DataType, count: number): ValueData {
  switch (type) {
    case "float":
      return new Float32Array(count);
    case "double":
      return new Float64Array(count);
    case "float16":
      return new Float16Array(count);
    case "int8":
      return new Int8Array(count);
    case "int16":
      return new Int16Array(count);
    case "uint16":
      return new Uint16Array(count);
    case "int32":
      return new Int32Array(count);
    case "uint32":
      return new Uint32Array(count);
    case "int64":
      return new BigInt64Array(count);
    case "uint64":
      return new BigUint64Array(count);
    case "string":
      return Array<string>(count).fill("");
    case "int4":
    case "uint4":
      return new Uint8Array(Math.ceil(count / 2));
    default:
      return new Uint8Array(count);
  }
}
