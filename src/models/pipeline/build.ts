import { join } from "node:path";
import { writeModel } from "../onnx/write-model.ts";
import type { Built, Deployment } from "./deployment.ts";
import type { Made } from "./precision.ts";

/** What the model that says its precision is called in the folder, whatever the target makes of it. */
export const MODEL_FILE = "model.onnx";

/** Writes the model, and has the target build of it what it runs. */
export async function buildModel(
  { request, deps: { world }, data, staging, steps }: Deployment,
  made: Made,
): Promise<Built> {
  const { target, precision } = request;
  const modelFile = join(staging, MODEL_FILE);
  await writeModel(made.model, modelFile);
  const artifact = await target.build(
    modelFile,
    {
      precision,
      outFile: join(staging, target.artifactFile ?? MODEL_FILE),
      shapes: new Map(data.inputs.map(({ name, dims }) => [name, dims])),
      tensorrt: request.tensorrt,
      onLine: (line) => steps.line("build", line),
    },
    world,
  );
  return { made, artifact };
}
