import { readFile } from "node:fs/promises";
import { ExpectedError } from "../../../base/errors.ts";
import { TENSORRT_10_PROFILE, TENSORRT_PROFILE } from "../../quantize/profiles.ts";
import type { Availability, Capabilities, ModelTarget, World } from "../types.ts";
import { buildEngine } from "./build.ts";
import { gpuOfSmi, jetpackOf, jetsonLinuxOf } from "./device.ts";
import { NO_TRTEXEC } from "./missing.ts";
import { engineRunner } from "./runner.ts";
import { executableIn, findTrtexec, JETPACK_PLACES, type Places, pathOf, type Trtexec } from "./trtexec.ts";
import { atLeast, isStronglyTyped, versionText } from "./version.ts";

/** A machine with TensorRT's trtexec, which is looked for in these places after the path. */
export const jetsonTarget = (places: Places): ModelTarget => ({
  name: "jetson",
  summary: "NVIDIA Jetson, by TensorRT",
  artifactFile: "model.engine",

  profile: (_, version) => ({ ...(isStronglyTyped(version) ? TENSORRT_10_PROFILE : TENSORRT_PROFILE) }),
  available: (world) => available(world, places),
  capabilities: (world) => capabilities(world, places),
  async build(modelFile, options, world) {
    world.signal.throwIfAborted();
    return buildEngine(await required(world, places), modelFile, options, world);
  },
  async runner(artifact, _, world) {
    return engineRunner(await required(world, places), artifact, world);
  },
});

export const target: ModelTarget = jetsonTarget(JETPACK_PLACES);

async function available(world: World, places: Places): Promise<Availability> {
  try {
    const trtexec = await findTrtexec(world, places);
    if (trtexec) return { available: true, version: versionText(trtexec.version) };
    return { available: false, ...NO_TRTEXEC };
  } catch (thrown) {
    if (!(thrown instanceof ExpectedError)) throw thrown;
    return { available: false, reason: thrown.message, hint: thrown.hint ?? "" };
  }
}

async function required(world: World, places: Places): Promise<Trtexec> {
  const trtexec = await findTrtexec(world, places);
  if (trtexec) return trtexec;
  throw new ExpectedError(NO_TRTEXEC.reason, { hint: NO_TRTEXEC.hint });
}

async function capabilities(world: World, places: Places): Promise<Capabilities> {
  const trtexec = await findTrtexec(world, places).catch((thrown: unknown) => {
    if (thrown instanceof ExpectedError) return undefined;
    throw thrown;
  });
  return {
    precisions: [
      { precision: "int8", note: "from the Q/DQ nodes in the model; symmetric, weights by channel" },
      { precision: "fp16", note: "from the float16 tensors in the model" },
      { precision: "int8-weights", note: "a smaller model file; TensorRT computes in float" },
      { precision: "fp32", note: "as the model is; TensorRT may use TF32" },
    ],
    facts: trtexec ? await factsOf(trtexec, world, places) : [["machine", world.machine.name]],
  };
}

async function factsOf(
  { path, version }: Trtexec,
  world: World,
  { release }: Places,
): Promise<[string, string][]> {
  const [gpu, jetsonLinux] = await Promise.all([
    gpuOf(world),
    readFile(release, "utf8").then(jetsonLinuxOf, () => undefined),
  ]);
  const jetpack = jetsonLinux && jetpackOf(jetsonLinux);
  return [
    ["machine", world.machine.name],
    ...(gpu
      ? ([["GPU", `${gpu.name}, compute capability ${gpu.computeCapability}`]] as [string, string][])
      : []),
    ...(jetsonLinux
      ? ([["Jetson Linux", `${jetsonLinux}${jetpack ? `, JetPack ${jetpack}` : ""}`]] as [string, string][])
      : []),
    ["TensorRT", versionText(version)],
    ["trtexec", path],
    [
      "typing",
      atLeast(version, 10)
        ? "strong: the model says its precision"
        : "weak: the builder is allowed int8 and fp16",
    ],
  ];
}

/** Boards up to JetPack 5 have no nvidia-smi: there the GPU is told when an engine is built. */
async function gpuOf(world: World) {
  const smi = await executableIn("nvidia-smi", pathOf(world));
  if (smi === undefined) return undefined;
  const { code, stdout } = await world.runProgram({
    argv: [smi, "--query-gpu=name,compute_cap", "--format=csv,noheader"],
    env: world.env,
    cwd: "/",
    timeoutSeconds: 10,
    signal: world.signal,
  });
  return code === 0 ? gpuOfSmi(stdout) : undefined;
}
