import { bytesOfValue } from "../../artefacts/tensor-ref.ts";
import { ModelFileError } from "../../onnx/model-error.ts";
import { countOf } from "../../onnx/tensor.ts";
import type { Value } from "../../ort/types.ts";
import { atLeast, type TensorRtVersion } from "./version.ts";

/**
 * The bytes of a value as --loadInputs takes it. Before 10, TensorRT has no integers of 64 bits: such an input of the model is one of
 * 32 bits of the engine, and trtexec would read the wrong half of the file.
 */
export function loadedBytes(name: string, value: Value, version: TensorRtVersion): Uint8Array {
  const { type, data, dims } = value;
  if (type !== "int64" || !(data instanceof BigInt64Array) || atLeast(version, 10))
    return bytesOfValue(name, value);
  const narrow = Int32Array.from(data, Number);
  if (narrow.length === countOf(dims) && data.every((element, i) => BigInt(narrow[i]!) === element))
    return new Uint8Array(narrow.buffer);
  throw new ModelFileError("a value does not fit into 32 bits, which is all that TensorRT before 10 has", {
    where: name,
  });
}
