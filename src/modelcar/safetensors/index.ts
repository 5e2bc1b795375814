import { parseJson } from "../../base/json.ts";
import { fields, textOf } from "../../base/lenient-json.ts";
import { ReadError } from "../http/types.ts";

/** What `model.safetensors.index.json` says. */
export interface SafetensorsIndex {
  /** Bytes of all tensors, as `metadata.total_size`; undefined when absent. */
  totalSize: number | undefined;
  /** File names, as in its weight_map. */
  files: string[];
}

/** @throws ReadError `broken` when it is no such index. */
export function parseIndex(text: string): SafetensorsIndex {
  const value = parseJson(text);
  if (value === undefined) throw new ReadError("broken", "model.safetensors.index.json is not JSON");
  const index = fields(value);
  const files = new Set(Object.values(fields(index["weight_map"])).flatMap((file) => textOf(file) ?? []));
  if (files.size === 0) throw new ReadError("broken", "model.safetensors.index.json has no weight_map");
  const size = fields(index["metadata"])["total_size"];
  const totalSize = typeof size === "number" && Number.isSafeInteger(size) && size > 0 ? size : undefined;
  return { totalSize, files: [...files] };
}
