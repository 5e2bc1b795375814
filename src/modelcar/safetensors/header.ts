import { isObject } from "../../base/lenient-json.ts";
import type { ByteReader } from "../bytes/types.ts";
import { ReadError } from "../http/types.ts";

/** A tensor as its header tells it. */
export interface TensorInfo {
  name: string;
  /** `BF16`, `F8_E4M3`, `I32`, … as safetensors writes it. */
  dtype: string;
  shape: number[];
  bytes: number;
}

/** The format's own limit (safetensors, MAX_HEADER_SIZE). */
const MAX_HEADER = 100_000_000;
const MAX_DIMENSIONS = 8;

/** Bits an element; safetensors 0.6, `Dtype`. */
const BITS: Readonly<Record<string, number>> = {
  ...{ BOOL: 8, U8: 8, I8: 8, F8_E4M3: 8, F8_E5M2: 8, F8_E8M0: 8, F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8 },
  ...{ F4: 4, F6_E2M3: 6, F6_E3M2: 6 },
  ...{ I16: 16, U16: 16, F16: 16, BF16: 16 },
  ...{ I32: 32, U32: 32, F32: 32, I64: 64, U64: 64, F64: 64, C64: 64 },
};

/**
 * Reads the header of a safetensors file: 8 bytes of length (little-endian), then JSON of name → dtype, shape and
 * data_offsets. `size` is that of the whole file. @throws ReadError `broken` when the header does not fit the file.
 */
export async function readSafetensorsHeader(body: ByteReader, size: number): Promise<TensorInfo[]> {
  const prefix = await body.read(8);
  if (prefix.length < 8) throw broken("it ends before its header");
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true));
  if (length > MAX_HEADER)
    throw broken(`its header claims ${length} bytes, more than the ${MAX_HEADER} of the format`);
  if (length + 8 > size) throw broken(`its header claims ${length} bytes, the file has ${size}`);
  const header = await body.read(length);
  if (header.length < length) throw broken("it ends within its header");
  return parseTensors(parseHeader(header), size - 8 - length);
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw broken("its header is not JSON");
  }
  if (!isObject(value)) throw broken("its header is not an object");
  return { ...value };
}

function parseTensors(header: Record<string, unknown>, dataBytes: number): TensorInfo[] {
  const tensors: TensorInfo[] = [];
  let sum = 0;
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const tensor = parseTensor(name, entry, dataBytes);
    sum += tensor.bytes;
    tensors.push(tensor);
  }
  // The library takes a file only when its tensors cover all of it (MetadataIncompleteBuffer).
  if (sum !== dataBytes) throw broken(`its tensors claim ${sum} bytes of ${dataBytes}`);
  return tensors;
}

function parseTensor(name: string, entry: unknown, dataBytes: number): TensorInfo {
  const shown = JSON.stringify(name.slice(0, 80));
  const { dtype, shape, data_offsets: offsets } = { ...(entry as Record<string, unknown> | null) };
  if (typeof dtype !== "string" || !isSizes(shape) || !isSizes(offsets) || offsets.length !== 2)
    throw broken(`its tensor ${shown} has no sound dtype, shape and data_offsets`);
  const [start, end] = [offsets[0]!, offsets[1]!];
  if (start > end || end > dataBytes) throw broken(`its tensor ${shown} lies outside the file`);
  if (shape.length > MAX_DIMENSIONS) throw broken(`its tensor ${shown} has ${shape.length} dimensions`);
  const bits = Object.hasOwn(BITS, dtype) ? BITS[dtype] : undefined;
  const expected = bits === undefined ? undefined : Math.ceil((elementsOf(shape) * bits) / 8);
  if (expected !== undefined && expected !== end - start)
    throw broken(`its tensor ${shown} has ${end - start} bytes, its shape and type make ${expected}`);
  return { name, dtype, shape, bytes: end - start };
}

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);

export const elementsOf = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);

const broken = (what: string): ReadError =>
  new ReadError("broken", `the safetensors file is broken: ${what}`);
