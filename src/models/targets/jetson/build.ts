import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readIfThere } from "../../../base/read-if-there.ts";
import { sha256OfFile } from "../../../base/sha256-file.ts";
import { ModelFileError } from "../../onnx/model-error.ts";
import { readModel } from "../../onnx/read-model.ts";
import type { OnnxModel, ValueInfo } from "../../onnx/types.ts";
import type { Artifact, ArtifactFile, BuildOptions, World } from "../types.ts";
import { buildArguments, type OpenShapes } from "./arguments.ts";
import { gpuIn } from "./device.ts";
import { ENGINE_FORMAT, type EngineFacts, type EngineInput, engineFile } from "./engine.ts";
import { kernelsIn } from "./layer-info.ts";
import { refuseNewer } from "./least-version.ts";
import { checkTrtexecName } from "./names.ts";
import { runTrtexec, type Trtexec } from "./trtexec.ts";
import { versionText } from "./version.ts";

/** Builds an engine from a model that says its precision. It appears under its name when it is complete. */
export async function buildEngine(
  trtexec: Trtexec,
  modelFile: string,
  { precision, outFile, shapes, tensorrt = {}, onLine }: BuildOptions,
  world: World,
): Promise<Artifact> {
  const model = await readModel(modelFile);
  refuseNewer(model, trtexec.version);
  const ports = portsOf(model, shapes);
  const timingCacheFile = await timingCache(trtexec, world);
  const [partial, layersFile] = [`${outFile}.partial`, `${outFile}.layers.json`];
  try {
    const log = await runTrtexec(
      trtexec,
      {
        args: buildArguments(trtexec.version, {
          modelFile,
          engineFile: partial,
          timingCacheFile,
          layersFile,
          precision,
          shapes: openShapes(ports.inputs),
          options: tensorrt,
        }),
        cwd: dirname(outFile),
        onLine,
      },
      world,
    );
    world.signal.throwIfAborted();
    const facts = factsOf(trtexec, log, ports);
    // Without it nothing is lost but a line of the report.
    const kernels = kernelsIn((await readIfThere(layersFile)) ?? "");
    await Bun.write(engineFile(outFile), `${JSON.stringify(facts, null, 2)}\n`);
    await rename(partial, outFile);
    return {
      target: "jetson",
      precision,
      files: [await fileOf(outFile), await fileOf(engineFile(outFile))],
      versions: versionsOf(facts),
      ...(kernels && { kernels }),
    };
  } finally {
    await Promise.all([partial, layersFile].map((file) => rm(file, { force: true })));
  }
}

/**
 * What was measured of kernels, for the next build to use: it is bound to the device and the version as engines are, and
 * trtexec begins anew when it does not fit.
 */
async function timingCache({ version }: Trtexec, { cacheDir, machine }: World): Promise<string> {
  const folder = join(cacheDir, "tensorrt");
  await mkdir(folder, { recursive: true });
  const board = machine.name.replace(/[^\w.-]+/g, "-");
  return join(folder, `timing-${board}-${versionText(version)}.cache`);
}

type Ports = Pick<EngineFacts, "inputs" | "outputs">;

function portsOf({ graph }: OnnxModel, shapes: BuildOptions["shapes"]): Ports {
  const inputs = graph.inputs.map((input) => inputOf(input, shapes?.get(input.name)));
  return { inputs, outputs: graph.outputs.map((output) => ({ name: output.name, type: typeOf(output) })) };
}

function inputOf(input: ValueInfo, chosen: readonly number[] | undefined): EngineInput {
  const { name, dims } = input;
  const type = typeOf(input);
  const open = dims === undefined || dims.some((dim) => typeof dim !== "number");
  if (!open) return { name, type, dims: dims.filter((dim) => typeof dim === "number"), open };
  if (chosen !== undefined) return { name, type, dims: [...chosen], open };
  throw new ModelFileError("the dimensions of this input are open, and an engine needs them chosen", {
    where: name,
    hint: `Choose them: --input-shape ${name}:1,3,224,224`,
  });
}

function typeOf({ name, type }: ValueInfo) {
  checkTrtexecName(name);
  if (type !== undefined) return type;
  throw new ModelFileError("an engine takes and gives tensors only, and this is none", { where: name });
}

/** trtexec refuses shapes for inputs that have no open dimension. */
export const openShapes = (inputs: readonly EngineInput[]): OpenShapes =>
  new Map(inputs.filter(({ open }) => open).map(({ name, dims }) => [name, dims]));

function factsOf({ version }: Trtexec, log: string, ports: Ports): EngineFacts {
  const gpu = gpuIn(log);
  return { format: ENGINE_FORMAT, tensorrt: versionText(version), ...(gpu && { gpu }), ...ports };
}

const versionsOf = ({ tensorrt, gpu }: EngineFacts): Artifact["versions"] => ({
  tensorrt,
  ...(gpu && { gpu: gpu.name, "compute capability": gpu.computeCapability }),
});

const fileOf = async (path: string): Promise<ArtifactFile> => ({
  path,
  bytes: (await stat(path)).size,
  sha256: await sha256OfFile(path),
});
