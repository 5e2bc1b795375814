import { mkdir } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import type { Steps } from "./steps.ts";
import type { DeployRequest, PipelineDeps } from "./types.ts";

/** The ONNX file to begin with: the one that was given, or what the user's Python makes of a PyTorch model, in `folder`. */
export async function sourceModel(
  { modelFile, inputShapes = [] }: Pick<DeployRequest, "modelFile" | "inputShapes">,
  folder: string,
  { world }: PipelineDeps,
  steps: Steps,
): Promise<string> {
  const { exportModel, isPyTorch } = await import("../export/export-model.ts");
  if (!isPyTorch(modelFile)) return modelFile;
  await mkdir(folder, { recursive: true });
  const onnxFile = join(folder, `${basename(modelFile, extname(modelFile))}.exported.onnx`);
  await steps.run(
    "export",
    `Exporting ${basename(modelFile)} to ONNX`,
    () =>
      exportModel(
        { modelFile, onnxFile, folder, shapes: inputShapes, onLine: (line) => steps.line("export", line) },
        world,
      ),
    () => basename(onnxFile),
  );
  return onnxFile;
}
