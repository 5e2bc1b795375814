import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseInputShape } from "../data/input-shapes.ts";
import type { World } from "../targets/types.ts";
import { type Exported, exportModel } from "./export-model.ts";

export interface Exporting {
  modelFile: string;
  /** As on the command line. */
  shapes?: string[];
  trusted?: boolean;
}

/** Exports into `folder`, and gives where the ONNX file is, and the lines of Python. */
export async function exporting(
  { modelFile, shapes = [], trusted = false }: Exporting,
  folder: string,
  world: World,
): Promise<Exported & { onnxFile: string; lines: string[] }> {
  await mkdir(folder, { recursive: true });
  const onnxFile = join(folder, `${basename(modelFile)}.onnx`);
  const lines: string[] = [];
  const request = { modelFile, onnxFile, folder, shapes: shapes.map(parseInputShape), trusted };
  const exported = await exportModel({ ...request, onLine: (line) => lines.push(line) }, world);
  return { ...exported, onnxFile, lines };
}
