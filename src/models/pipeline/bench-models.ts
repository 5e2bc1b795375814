import { join } from "node:path";
import { ExpectedError } from "../../base/errors.ts";
import { fractions } from "../data/choose.ts";
import { type InputShape, resolveInputs } from "../data/input-shapes.ts";
import type { InputSpec } from "../data/types.ts";
import type { Feeds, Value } from "../ort/types.ts";
import { zeros } from "../ort/zeros.ts";
import { ortRunner } from "../targets/cpu/runner.ts";
import { machineLine } from "../targets/machine.ts";
import type { World } from "../targets/types.ts";
import { type Latency, measureLatency } from "../validate/latency.ts";
import type { Runner } from "../validate/runner.ts";
import { checkFiles, isFolder, readManifest } from "./read-manifest.ts";
import { readSource } from "./source.ts";

export interface BenchOptions {
  shapes: readonly InputShape[];
  runs: number;
  warmUp: number;
  threads?: number | undefined;
}

export interface BenchedModel {
  file: string;
  bytes: number;
  latency: Latency;
  /** The target that it was made for, where that is another than the one it was timed by. */
  madeFor?: string | undefined;
}

/** Times models by ONNX Runtime: .onnx files, or folders of artefacts that have one. */
export async function benchModels(
  files: readonly string[],
  options: BenchOptions,
  world: World,
): Promise<{ machine: string; models: BenchedModel[] }> {
  const runners: Runner[] = [];
  const models: ModelFile[] = [];
  try {
    for (const file of files) {
      const found = await modelFileOf(file);
      models.push(found);
      runners.push(await openOne(file, found.modelFile, options, world));
    }
    const latencies = await measureLatency(runners, {}, options, world.signal);
    return {
      machine: runners[0]?.machine ?? machineLine(world.machine),
      models: runners.map(({ bytes }, i) => ({
        file: files[i]!,
        bytes,
        latency: latencies[i]!,
        madeFor: models[i]!.madeFor,
      })),
    };
  } finally {
    await Promise.all(runners.map((runner) => runner.close()));
  }
}

/** A runner that is given its own noise, whatever it is asked to run. */
async function openOne(
  path: string,
  modelFile: string,
  { shapes, threads }: BenchOptions,
  world: World,
): Promise<Runner> {
  const { facts, bytes } = await readSource(modelFile);
  const feeds = noise(resolveInputs(facts.inputs, shapes));
  const runner = await ortRunner({ name: path, modelFile, bytes, threads }, await world.openOrt(), world);
  return { ...runner, run: () => runner.run(feeds) };
}

interface ModelFile {
  modelFile: string;
  madeFor: string | undefined;
}

/** The file itself, or that which an artefact's manifest names. */
async function modelFileOf(path: string): Promise<ModelFile> {
  if (!(await isFolder(path))) return { modelFile: path, madeFor: undefined };
  const manifest = await readManifest(path);
  await checkFiles(path, manifest);
  const { name } = manifest.target;
  const file = manifest.files[0]!.path;
  if (!file.endsWith(".onnx")) {
    throw new ExpectedError(`${file} is an engine of the target ${name}, which is not timed here`, {
      where: path,
      hint: "Its report has the latency that was measured on the device.",
    });
  }
  return { modelFile: join(path, file), madeFor: name === "cpu" ? undefined : name };
}

/** Fractions by chance, always the same; zeros for integers, which may be indices. */
const noise = (inputs: readonly InputSpec[]): Feeds =>
  Object.fromEntries(
    inputs.map(({ name, type, dims }, i) => [name, noiseOf(zeros(type, dims), fractions(i))]),
  );

function noiseOf(value: Value, next: () => number): Value {
  const { data } = value;
  if (data instanceof Float32Array || data instanceof Float64Array || data instanceof Float16Array)
    for (let i = 0; i < data.length; i++) data[i] = next();
  return value;
}
