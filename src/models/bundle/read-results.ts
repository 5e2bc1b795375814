import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ExpectedError } from "../../base/errors.ts";
import { parseJson } from "../../base/json.ts";
import * as z from "../../base/zod.ts";
import { sha256Of, valueOfBytes } from "../artefacts/tensor-ref.ts";
import type { Feeds } from "../ort/types.ts";
import { deviceMemoryIn } from "../targets/jetson/device-memory.ts";
import { outputsIn, timesIn } from "../targets/jetson/exported.ts";
import { kernelsIn } from "../targets/jetson/layer-info.ts";
import type { Kernels } from "../targets/types.ts";
import type { Runner } from "../validate/runner.ts";
import { type Validation, type ValidationSamples, validate } from "../validate/validate.ts";
import {
  BUNDLE_FILE,
  type BundleManifest,
  bundleManifestSchema,
  RESULTS_FOLDER,
  sampleName,
  type TensorFile,
} from "./bundle-manifest.ts";
import { contentOf, type Device, openResults, parseDevice, type Results } from "./device-results.ts";

export interface ReadOptions {
  signal: AbortSignal;
  progress?: (done: number, of: number) => void;
}

export interface BundleResults {
  validation: Validation;
  labels: readonly string[] | undefined;
  /** What TensorRT made of the layers, where it told. */
  kernels: Kernels | undefined;
  /** Samples that the device gave nothing for. */
  missing: number;
  /** Those that it gave something for. */
  samples: ValidationSamples;
  device: Device;
}

/** More of them that are missing are no accident: what is there would be judged for all. */
const MOST_MISSING = 0.05;

/**
 * Holds what a device made of a bundle against what the float model gave when the bundle was made. Reads the folder that
 * came back, with its results or their archive in it. Rejects with an ExpectedError for one that is damaged, or was changed.
 */
export async function readBundleResults(folder: string, options: ReadOptions): Promise<BundleResults> {
  const manifest = await readManifest(folder);
  const results = await openResults(folder);
  const device = parseDevice(await results.text("device.txt"));
  const there = await results.names();
  const ran = manifest.samples.map((_, i) => i).filter((i) => there.has(outputFile(i)));
  if (ran.length === 0)
    throw new ExpectedError("the device has given no outputs", {
      where: join(folder, RESULTS_FOLDER),
      hint: "Run the bundle there to its end (sh run.sh), and take the folder back with its results.",
    });
  refuseIncomplete(folder, manifest, ran);
  const samples = await samplesOf(folder, manifest, ran);
  const baseline = baselineRunner(folder, manifest, ran);
  const deployed = await deviceRunner(manifest, ran, results, device);
  const runs = Math.min(manifest.baseline.times.length, deployed.timed);
  const validation = await validate(baseline, deployed.runner, samples, {
    tolerance: manifest.tolerance,
    confidence: manifest.confidence,
    agreement: manifest.agreement,
    latency: runs === 0 ? false : { runs, warmUp: 0 },
    signal: options.signal,
    ...(options.progress && { progress: options.progress }),
  });
  const kernels = there.has(LAYERS_FILE) ? kernelsIn(await results.text(LAYERS_FILE)) : undefined;
  const missing = manifest.samples.length - ran.length;
  return { validation, labels: manifest.labels, kernels, missing, samples, device };
}

function refuseIncomplete(folder: string, { samples }: BundleManifest, ran: readonly number[]): void {
  const there = new Set(ran);
  const gone = samples.flatMap(({ file }, i) => (there.has(i) ? [] : [`${outputFile(i)} (${file})`]));
  if (gone.length <= samples.length * MOST_MISSING) return;
  const more = gone.length > NAMED ? ` and ${gone.length - NAMED} more` : "";
  throw new ExpectedError(
    `the device has given no outputs for ${gone.length} of ${samples.length} samples: ${gone.slice(0, NAMED).join(", ")}${more}`,
    {
      where: join(folder, RESULTS_FOLDER),
      hint: "Run the bundle there to its end: sh run.sh goes on where it was.",
    },
  );
}

const NAMED = 5;

/** As run.sh writes them. */
const LAYERS_FILE = "layers.json";
const RUN_LOG = "run.log";
const outputFile = (index: number): string => `output-${sampleName(index)}.json`;

async function readManifest(folder: string): Promise<BundleManifest> {
  const where = join(folder, BUNDLE_FILE);
  const text = await readFile(where, "utf8").catch((cause: unknown) => {
    throw new ExpectedError("this is no bundle: it has no manifest", {
      where,
      hint: "Name the folder that 'deploy-model run --bundle' wrote, as it came back from the device.",
      cause,
    });
  });
  const parsed = bundleManifestSchema().safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new ExpectedError(`this is no bundle: ${z.prettifyError(parsed.error)}`, { where });
}

async function values(folder: string, files: readonly TensorFile[]): Promise<Feeds> {
  const entries = files.map(async (file) => {
    const bytes = await contentOf(folder, file.path);
    if (sha256Of(bytes) !== file.sha256)
      throw new ExpectedError("this file of the bundle was changed", { where: join(folder, file.path) });
    return [file.name, valueOfBytes(file, bytes)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function samplesOf(
  folder: string,
  { samples, labels }: BundleManifest,
  ran: readonly number[],
): Promise<ValidationSamples> {
  return {
    count: ran.length,
    labels,
    async read(index) {
      const { file, label, boxes, inputs } = samples[ran[index]!]!;
      const feeds = await values(folder, inputs);
      return { feeds, file, ...(label !== undefined && { label }), ...(boxes && { boxes }) };
    },
  };
}

/** Gives what was written down, in the order in which `validate` asks: sample by sample. */
function inOrder(
  outputs: (at: number) => Promise<Feeds>,
  times: readonly number[],
): Pick<Runner, "run" | "time" | "close"> {
  let [at, timed] = [0, 0];
  return {
    run: async () => ({ outputs: await outputs(at++), ms: 0 }),
    async time(_, { runs }) {
      timed += runs;
      return times.slice(timed - runs, timed);
    },
    async close() {},
  };
}

function baselineRunner(
  folder: string,
  { baseline, samples }: BundleManifest,
  ran: readonly number[],
): Runner {
  const { name, machine, bytes, times } = baseline;
  return { name, machine, bytes, ...inOrder((at) => values(folder, samples[ran[at]!]!.reference), times) };
}

async function deviceRunner(
  { outputs, precision, warmUp, runs }: BundleManifest,
  ran: readonly number[],
  results: Results,
  { tensorrt, machine }: Device,
): Promise<{ runner: Runner; timed: number }> {
  const times = runs === 0 ? { ms: [], of: "latency" } : timesIn(await results.text("times.json"));
  const counted = times.ms.slice(warmUp, warmUp + runs);
  const bytes = Number((await results.text("engine-bytes.txt")).trim());
  if (!Number.isSafeInteger(bytes) || bytes < 0)
    throw new ExpectedError("engine-bytes.txt of the results is no number");
  const log = (await results.names()).has(RUN_LOG) ? await results.text(RUN_LOG) : "";
  const memory = deviceMemoryIn(log);
  const copies = times.of === "latency" ? "" : ", times without copies";
  const runner = {
    name: `${precision}, TensorRT ${tensorrt}${copies}`,
    machine,
    bytes,
    deviceMemory: () => memory,
    ...inOrder(async (at) => outputsIn(await results.text(outputFile(ran[at]!)), outputs), counted),
  };
  return { runner, timed: counted.length };
}
