import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A file of ONNX Runtime that the program carries, compressed with Zstandard. */
export interface PackedFile {
  name: string;
  /** Path inside the program. */
  file: string;
  /** Bytes when unpacked. */
  size: number;
}

/** Where the library and its binding are: in a folder, or packed, with a name that stands for their content. */
export type NativeFiles = { folder: string } | { packed: readonly PackedFile[]; digest: string };

/**
 * From source they lie in the package. scripts/onnxruntime.ts puts another module in the place of this one when the
 * program is built: with the files of its target, or undefined where ONNX Runtime has none.
 */
export function nativeFiles(): NativeFiles | undefined {
  const entry = fileURLToPath(import.meta.resolve("onnxruntime-node"));
  const folder = join(dirname(entry), "../bin/napi-v6", process.platform, process.arch);
  return { folder };
}
