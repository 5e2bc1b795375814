import { errorCode } from "../../base/errors.ts";
import { type ArrayType, bytesPerElement } from "../onnx/elements.ts";
import { countOf } from "../onnx/tensor.ts";
import type { ArrayFile } from "./array-file.ts";
import { DataError } from "./data-error.ts";

/** By the third byte of the magic number (Y. LeCun, "The MNIST database", file formats). */
const TYPES: ReadonlyMap<number, ArrayType> = new Map([
  [0x08, "uint8"],
  [0x09, "int8"],
  [0x0b, "int16"],
  [0x0c, "int32"],
  [0x0d, "float"],
  [0x0e, "double"],
]);

/** For what an .idx.gz unpacks to. */
const MAX_UNPACKED = 2 ** 31;

/** `t10k-images-idx3-ubyte.gz`, `train-labels.idx1-ubyte`, `digits.idx`. */
export const isIdxName = (file: string): boolean => /(?:^|[-._])idx\d?(?:-\w+)?(?:\.gz)?$/i.test(file);

/** The array of an IDX file, gzipped or not; it is in memory while it is used. Throws a DataError. */
export async function openIdx(file: string): Promise<ArrayFile> {
  const bytes = await unpacked(await Bun.file(file).bytes(), file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = bytes.length >= 4 && view.getUint16(0) === 0 ? TYPES.get(bytes[2]!) : undefined;
  const rank = bytes[3] ?? 0;
  const start = 4 + rank * 4;
  if (type === undefined || rank === 0 || bytes.length < start)
    throw new DataError("this is no IDX file", { where: file });
  const dims = Array.from({ length: rank }, (_, i) => view.getUint32(4 + i * 4));
  const size = bytesPerElement(type);
  const needed = countOf(dims) * size;
  if (bytes.length - start < needed) {
    throw new DataError(`the IDX file is truncated: ${bytes.length - start} bytes of ${needed}`, {
      where: file,
    });
  }
  return {
    name: file,
    type,
    dims,
    bytes: async (from, to) => littleEndian(Uint8Array.from(bytes.subarray(start + from, start + to)), size),
  };
}

async function unpacked(bytes: Uint8Array<ArrayBuffer>, file: string): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const { gunzip } = await import("node:zlib");
  const { promisify } = await import("node:util");
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: MAX_UNPACKED });
  } catch (thrown) {
    const large = errorCode(thrown) === "ERR_BUFFER_TOO_LARGE";
    const what = large ? `unpacks to more than ${MAX_UNPACKED} bytes` : "is damaged or truncated";
    throw new DataError(`the gzip file ${what}`, { where: file, cause: thrown });
  }
}

/** IDX is big-endian. */
function littleEndian(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  const buffer = Buffer.from(bytes.buffer);
  if (size === 2) buffer.swap16();
  if (size === 4) buffer.swap32();
  if (size === 8) buffer.swap64();
  return bytes;
}
