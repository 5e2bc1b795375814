import type { ArrayType } from "../onnx/elements.ts";

/** An array in a file, row-major and little-endian, read piece by piece. */
export interface ArrayFile {
  /** The file, and the name in it. */
  name: string;
  type: ArrayType;
  dims: readonly number[];
  /** The bytes from `start` to before `end`, aligned to 8. */
  bytes(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}
