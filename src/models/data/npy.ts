import { type ArrayType, bytesPerElement } from "../onnx/elements.ts";
import { countOf } from "../onnx/tensor.ts";
import type { ArrayFile } from "./array-file.ts";
import { DataError } from "./data-error.ts";

/** NumPy's type codes (numpy.lib.format; "Array interface", typestr) without the byte order. */
const TYPES: ReadonlyMap<string, ArrayType> = new Map([
  ["f4", "float"],
  ["f8", "double"],
  ["f2", "float16"],
  ["i1", "int8"],
  ["u1", "uint8"],
  ["i2", "int16"],
  ["u2", "uint16"],
  ["i4", "int32"],
  ["u4", "uint32"],
  ["i8", "int64"],
  ["u8", "uint64"],
  ["b1", "bool"],
]);

export interface NpyHeader {
  type: ArrayType;
  dims: number[];
  /** Where the elements begin. */
  start: number;
}

/** The longest header that is looked at; NumPy's own limit is 10,000 characters. */
export const MAX_HEADER = 16 * 1024;

/**
 * Reads the header of an .npy file, version 1 to 3 (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
 * `head` is its beginning, MAX_HEADER bytes or all of it; `size` the length of all. Throws a DataError without `where`.
 */
export function npyHeader(head: Uint8Array, size: number): NpyHeader {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 10 || head[0] !== 0x93 || new TextDecoder().decode(head.subarray(1, 6)) !== "NUMPY") {
    throw new DataError("this is no .npy file");
  }
  const wide = head[6]! >= 2;
  const textAt = wide ? 12 : 10;
  const length = wide && head.length >= 12 ? view.getUint32(8, true) : view.getUint16(8, true);
  const start = textAt + length;
  if (start > Math.min(head.length, size))
    throw new DataError("the header of the .npy file is cut off or too long");
  const header = { ...fieldsOf(new TextDecoder().decode(head.subarray(textAt, start))), start };
  const needed = countOf(header.dims) * bytesPerElement(header.type);
  if (start + needed > size) {
    throw new DataError(`the .npy file is truncated: ${size - start} bytes of ${needed}`);
  }
  return header;
}

/** The header is a Python dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (10, 3, 32, 32), } */
function fieldsOf(text: string): { type: ArrayType; dims: number[] } {
  const descr = text.match(/'descr'\s*:\s*'([<>|=])([a-zA-Z]\d+)'/);
  const shape = text.match(/'shape'\s*:\s*\(([\d,\sL]*)\)/);
  const order = text.match(/'fortran_order'\s*:\s*(True|False)/);
  const type = TYPES.get(descr?.[2] ?? "");
  if (!shape || !order) throw new DataError("the header of the .npy file cannot be read");
  if (type === undefined) {
    const found = text.match(/'descr'\s*:\s*([^,]+)/)?.[1] ?? "none";
    throw new DataError(`the .npy file has elements of type ${found}`, {
      hint: "Save whole numbers, floats or bools: array.astype(numpy.float32).",
    });
  }
  if (descr![1] === ">" && bytesPerElement(type) > 1) throw unfit("has its bytes in big-endian order");
  if (order[1] === "True") throw unfit("is in Fortran order");
  const dims = [...shape[1]!.matchAll(/\d+/g)].map(([digits]) => Number(digits));
  if (dims.length > 16 || !Number.isSafeInteger(countOf(dims) * 8))
    throw new DataError("the .npy file has absurd dimensions");
  return { type, dims };
}

const unfit = (what: string) =>
  new DataError(`the .npy file ${what}`, {
    hint: 'Save it again: numpy.save(file, numpy.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))).',
  });

/** The array in a file; its elements are read when they are asked for. */
export async function openNpy(file: string): Promise<ArrayFile> {
  const source = Bun.file(file);
  const { type, dims, start } = npyHeader(await source.slice(0, MAX_HEADER).bytes(), source.size);
  return {
    name: file,
    type,
    dims,
    async bytes(from, to) {
      const bytes = await source.slice(start + from, start + to).bytes();
      if (bytes.length !== to - from) throw new DataError("the file has become shorter", { where: file });
      return aligned(bytes);
    },
  };
}

/** The array in bytes that are in memory already. */
export function npyOf(name: string, bytes: Uint8Array): ArrayFile {
  const { type, dims, start } = npyHeader(bytes.subarray(0, MAX_HEADER), bytes.length);
  return {
    name,
    type,
    dims,
    bytes: async (from, to) => Uint8Array.from(bytes.subarray(start + from, start + to)),
  };
}

const aligned = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes);
