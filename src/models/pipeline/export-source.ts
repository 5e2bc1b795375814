import { mkdir } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { isPyTorch } from "../onnx/is-pytorch.ts";
import type { Steps } from "./steps.ts";
import type { DeployRequest, PipelineDeps } from "./types.ts";

/** The ONNX file to begin with: the one that was given, or what the user's Python makes of a PyTorch model, in `folder`. */
export async function sourceModel(
  {
    modelFile,
    inputShapes = [],
    trustModel = false,
  }: Pick<DeployRequest, "modelFile" | "inputShapes" | "trustModel">,
  folder: string,
  { world }: PipelineDeps,
  steps: Steps,
): Promise<string> {
  if (!isPyTorch(modelFile)) return modelFile;
  const { exportModel } = await import("../export/export-model.ts");
  await mkdir(folder, { recursive: true });
  const onnxFile = join(folder, `${basename(modelFile, extname(modelFile))}.exported.onnx`);
  const { branches } = await steps.run(
    "export",
    `Exporting ${basename(modelFile)} to ONNX`,
    () =>
      exportModel(
        {
          modelFile,
          onnxFile,
          folder,
          shapes: inputShapes,
          trusted: trustModel,
          onLine: (line) => steps.line("export", line),
        },
        world,
      ),
    ({ version }) => `${basename(onnxFile)}, by PyTorch ${version}`,
  );
  if (branches.length > 0) steps.warn(oneWay(branches));
  return onnxFile;
}

const SHOWN = 3;

const oneWay = (branches: readonly string[]): string =>
  `The model branches on values as it runs (${branches.slice(0, SHOWN).join(", ")}${branches.length > SHOWN ? ", …" : ""}): the exported one always goes the way that a test input took.`;
