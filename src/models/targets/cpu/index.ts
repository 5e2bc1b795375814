import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ExpectedError } from "../../../base/errors.ts";
import { sha256OfFile } from "../../../base/sha256-file.ts";
import { externalFiles } from "../../onnx/external-files.ts";
import { readModel } from "../../onnx/read-model.ts";
import { writeModel } from "../../onnx/write-model.ts";
import { CPU_PROFILE } from "../../quantize/profiles.ts";
import type { Artifact, ArtifactFile, Availability, Capabilities, ModelTarget, World } from "../types.ts";
import { integerDot } from "./integer-dot.ts";
import { kernelsOf } from "./kernels.ts";
import { ortRunner } from "./runner.ts";

export const target: ModelTarget = {
  name: "cpu",
  summary: "This machine's processor, by ONNX Runtime",

  profile: (machine) => ({ ...CPU_PROFILE, reduceRange: !integerDot(machine).exact }),
  available,
  capabilities: async (world) => capabilitiesOf(world),

  /** The artifact is the model itself, which ONNX Runtime has loaded once. */
  async build(modelFile, { precision, outFile }, world): Promise<Artifact> {
    const model = await readModel(modelFile);
    const ort = await world.openOrt();
    const kernels = await kernelsOf(ort, modelFile, world.cacheDir);
    world.signal.throwIfAborted();
    if (resolve(modelFile) !== resolve(outFile)) await writeModel(model, outFile);
    return {
      target: "cpu",
      precision,
      files: await filesOf(outFile),
      versions: { onnxruntime: ort.version },
      kernels,
    };
  },

  async runner({ precision, files }, { threads }, world) {
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    return ortRunner(
      { name: precision, modelFile: files[0].path, bytes, threads },
      await world.openOrt(),
      world,
    );
  },
};

async function available(world: World): Promise<Availability> {
  try {
    return { available: true, version: (await world.openOrt()).version };
  } catch (thrown) {
    if (!(thrown instanceof ExpectedError)) throw thrown;
    return { available: false, reason: thrown.message, hint: thrown.hint ?? "" };
  }
}

function capabilitiesOf({ machine }: World): Capabilities {
  const { name, exact } = integerDot(machine);
  const weights = exact ? "8-bit weights" : "weights of 7 bits, so that sums do not saturate";
  return {
    precisions: [
      { precision: "int8", note: `integer kernels: unsigned activations, ${weights}` },
      {
        precision: "int8-weights",
        note: "a quarter of the size; matrix products in integers, for which activations are rounded as they come; all else in float",
      },
      {
        precision: "fp16",
        note: "half the size; computes in float for the most part, with conversions between",
      },
      { precision: "fp32", note: "as the model is" },
    ],
    facts: [
      ["processor", machine.name],
      ["threads", String(machine.threads)],
      ["8-bit products", name],
    ],
  };
}

/** The model, and the files beside it that hold its weights. */
async function filesOf(modelFile: string): Promise<[ArtifactFile, ...ArtifactFile[]]> {
  const beside = externalFiles(await readModel(modelFile));
  const [model, ...weights] = [modelFile, ...beside.map((name) => join(dirname(modelFile), name))];
  return [await fileOf(model!), ...(await Promise.all(weights.map(fileOf)))];
}

const fileOf = async (path: string): Promise<ArtifactFile> => ({
  path,
  bytes: (await stat(path)).size,
  sha256: await sha256OfFile(path),
});
