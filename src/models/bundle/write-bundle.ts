import { chmod, copyFile, mkdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { sha256OfFile } from "../../base/sha256-file.ts";
import { type NamedBytes, tensorsOf } from "../artefacts/tensor-ref.ts";
import type { InputSpec } from "../data/types.ts";
import { externalFiles } from "../onnx/external-files.ts";
import { readModel } from "../onnx/read-model.ts";
import type { Feeds } from "../ort/types.ts";
import { leastMajor } from "../targets/jetson/least-version.ts";
import { checkTrtexecName } from "../targets/jetson/names.ts";
import { loadedBytes } from "../targets/jetson/values.ts";
import type { Precision, TensorRtOptions } from "../targets/types.ts";
import type { LabelledSample } from "../validate/comparison.ts";
import type { Runner } from "../validate/runner.ts";
import type { ValidationSamples } from "../validate/validate.ts";
import {
  BUNDLE_FILE,
  BUNDLE_FORMAT,
  type BundleManifest,
  SCRIPT_FILE,
  sampleName,
  type TensorFile,
} from "./bundle-manifest.ts";
import { bundleScript, type ScriptInput } from "./script.ts";

export interface BundleContent {
  program: BundleManifest["program"];
  precision: Precision;
  /** The model that says its precision. */
  modelFile: string;
  inputs: readonly InputSpec[];
  /** The float model on this machine. */
  baseline: Runner;
  /** Times of the float model, where they were measured. */
  baselineTimes: readonly number[];
  samples: ValidationSamples;
  tolerance: number;
  confidence?: number | undefined;
  agreement?: number | undefined;
  runs: number;
  /** For TensorRT 8 to 10; undefined: the model was not calibrated. */
  calibrationCache?: string | undefined;
  tensorrt: TensorRtOptions;
  signal: AbortSignal;
  progress(done: number, of: number): void;
}

/** As validate/latency.ts has it where nothing else is said. */
const WARM_UP = 20;

/** TensorRT before 10 has no integers of 64 bits. */
const OLDER = { major: 8, minor: 0, patch: 0 };

/** Writes all that a device needs into a folder, which is made. */
export async function writeBundle(folder: string, content: BundleContent): Promise<BundleManifest> {
  await mkdir(folder, { recursive: true });
  const model = await readModel(content.modelFile);
  const ports = [...model.graph.inputs, ...model.graph.outputs];
  for (const { name } of ports) checkTrtexecName(name);
  const files = [
    content.modelFile,
    ...externalFiles(model).map((name) => join(dirname(content.modelFile), name)),
  ];
  const copied = [];
  for (const file of files) copied.push(await copyInto(folder, file));
  const samples = await writeSamples(folder, content);
  if (content.calibrationCache !== undefined) await copyInto(folder, content.calibrationCache);
  const { program, precision, baseline, tolerance, confidence, agreement, runs } = content;
  const manifest: BundleManifest = {
    format: BUNDLE_FORMAT,
    program,
    precision,
    model: copied,
    outputs: model.graph.outputs.map(({ name, type }) => ({ name, type: type ?? "float" })),
    baseline: {
      name: baseline.name,
      machine: baseline.machine,
      bytes: baseline.bytes,
      times: [...content.baselineTimes],
    },
    tolerance,
    ...(confidence !== undefined && { confidence }),
    ...(agreement !== undefined && { agreement }),
    runs,
    warmUp: WARM_UP,
    ...(content.samples.labels && { labels: [...content.samples.labels] }),
    samples,
  };
  await Bun.write(join(folder, BUNDLE_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
  const isOpen = new Map(
    model.graph.inputs.map(({ name, dims }) => [name, !dims?.every((dim) => typeof dim === "number")]),
  );
  const script = bundleScript({
    precision,
    leastMajor: leastMajor(model),
    inputs: content.inputs.map(({ name, dims }, i): ScriptInput => {
      const file = inputFile(i);
      const narrow = samples[0]!.inputs.find((input) => input.name === name)?.type === "int64";
      return {
        name,
        dims,
        open: isOpen.get(name) ?? false,
        file,
        narrowFile: narrow ? narrowOf(file) : file,
      };
    }),
    samples: samples.length,
    runs,
    warmUp: WARM_UP,
    options: content.tensorrt,
  });
  await Bun.write(join(folder, SCRIPT_FILE), script);
  await chmod(join(folder, SCRIPT_FILE), 0o755);
  return manifest;
}

async function copyInto(folder: string, file: string) {
  const path = basename(file);
  await copyFile(file, join(folder, path));
  return { path, sha256: await sha256OfFile(file), bytes: (await stat(file)).size };
}

const inputFile = (index: number): string => `input-${index}.bin`;
const narrowOf = (file: string): string => file.replace(/\.bin$/, ".int32.bin");

async function writeSamples(folder: string, content: BundleContent): Promise<BundleManifest["samples"]> {
  const { samples, baseline, signal, progress, inputs } = content;
  const written: BundleManifest["samples"] = [];
  for (let i = 0; i < samples.count; i++) {
    signal.throwIfAborted();
    const sample = await samples.read(i);
    const { outputs } = await baseline.run(sample.feeds);
    written.push(await writeSample(folder, sampleName(i), sample, outputs, inputs));
    progress(i + 1, samples.count);
  }
  return written;
}

async function writeSample(
  folder: string,
  name: string,
  { feeds, file, label, boxes }: LabelledSample,
  outputs: Feeds,
  inputs: readonly InputSpec[],
): Promise<BundleManifest["samples"][number]> {
  const place = new Map(inputs.map((input, i) => [input.name, inputFile(i)]));
  const given: TensorFile[] = [];
  for (const tensor of tensorsOf(feeds)) {
    const own = place.get(tensor.ref.name)!;
    given.push(await writeTensor(folder, `inputs/${name}/${own}`, tensor));
    if (tensor.ref.type === "int64") {
      const narrow = loadedBytes(tensor.ref.name, feeds[tensor.ref.name]!, OLDER);
      await Bun.write(join(folder, `inputs/${name}/${narrowOf(own)}`), narrow);
    }
  }
  const reference: TensorFile[] = [];
  for (const [i, tensor] of tensorsOf(outputs).entries())
    reference.push(await writeTensor(folder, `reference/${name}/output-${i}.bin`, tensor));
  return {
    file: basename(file),
    ...(label !== undefined && { label }),
    ...(boxes && { boxes: [...boxes] }),
    inputs: given,
    reference,
  };
}

async function writeTensor(folder: string, path: string, { ref, bytes }: NamedBytes): Promise<TensorFile> {
  await Bun.write(join(folder, path), bytes);
  return { ...ref, path };
}
