import { ModelFileError } from "./model-error.ts";
import { type TensorProto, TensorProto_DataLocation } from "./onnx_pb.ts";
import { byteLengthOf, dataTypeOf } from "./tensor.ts";
import type { DataType, Tensor } from "./types.ts";

/** Where a tensor's bytes lie beside the model (onnx.proto, TensorProto.external_data). */
export interface ExternalPlace {
  /** As the model names it: relative to the model's folder. */
  location: string;
  offset: number;
  length: number;
}

/** Reads bytes that lie beside the model; throws a ModelFileError. */
export type ExternalData = (place: ExternalPlace, tensor: string) => Uint8Array;

export const NO_EXTERNAL_DATA: ExternalData = ({ location }, tensor) => {
  throw new ModelFileError(`its values lie in another file, ${location}, which is not at hand`, {
    where: tensor,
  });
};

/** More elements than any real tensor has; a product of dimensions beyond it would not be exact. */
const MAX_BYTES = Number.MAX_SAFE_INTEGER / 8;

export function readTensor(proto: TensorProto, external: ExternalData): Tensor {
  const { name } = proto;
  const type = dataTypeOf(proto.dataType);
  if (type === undefined)
    throw new ModelFileError(`its data type, ${proto.dataType}, is not known`, { where: name });
  const dims = proto.dims.map(Number);
  const byteLength = byteLengthOf(type, dims);
  if (dims.some((dim) => dim < 0) || byteLength > MAX_BYTES) {
    throw new ModelFileError(`its dimensions, ${dims.join("×")}, cannot be`, { where: name });
  }
  const raw = bytesOf(proto, type, byteLength, external);
  const inside = proto.dataLocation !== TensorProto_DataLocation.EXTERNAL;
  return { name, type, dims, byteLength, raw, ...(inside && { proto }) };
}

function bytesOf(
  proto: TensorProto,
  type: DataType,
  byteLength: number,
  external: ExternalData,
): Tensor["raw"] {
  const { name } = proto;
  if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL) {
    const place = externalPlace(proto, byteLength);
    return () => external(place, name);
  }
  if (type === "string") return () => new Uint8Array();
  const bytes = proto.rawData.length > 0 ? proto.rawData : fromTypedFields(proto, type);
  if (bytes.byteLength !== byteLength) {
    throw new ModelFileError(
      `it has ${bytes.byteLength} bytes, and ${type}[${proto.dims.join("×")}] takes ${byteLength}`,
      { where: name },
    );
  }
  return () => bytes;
}

function externalPlace({ name, externalData }: TensorProto, byteLength: number): ExternalPlace {
  const entries = new Map(externalData.map(({ key, value }) => [key, value]));
  const location = entries.get("location");
  const offset = Number(entries.get("offset") ?? 0);
  const length = Number(entries.get("length") ?? byteLength);
  if (location === undefined || !Number.isSafeInteger(offset) || offset < 0 || length !== byteLength) {
    throw new ModelFileError("what it says about the file with its values makes no sense", { where: name });
  }
  return { location, offset, length };
}

/** Values in the fields by type, widened there, as the little-endian bytes that `raw_data` would have. */
function fromTypedFields(proto: TensorProto, type: DataType): Uint8Array {
  switch (type) {
    case "float":
    case "complex64":
      return bytes(Float32Array.from(proto.floatData));
    case "double":
    case "complex128":
      return bytes(Float64Array.from(proto.doubleData));
    case "int64":
      return bytes(BigInt64Array.from(proto.int64Data));
    case "uint64":
      return bytes(BigUint64Array.from(proto.uint64Data));
    case "uint32":
      return bytes(Uint32Array.from(proto.uint64Data, Number));
    case "int32":
      return bytes(Int32Array.from(proto.int32Data));
    case "uint16":
    case "int16":
    case "float16":
    case "bfloat16":
      return bytes(Uint16Array.from(proto.int32Data, (value) => value & 0xffff));
    default:
      return Uint8Array.from(proto.int32Data, (value) => value & 0xff);
  }
}

const bytes = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
