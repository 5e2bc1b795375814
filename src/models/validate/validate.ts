import { ExpectedError } from "../../base/errors.ts";
import { type Comparing, type Comparison, type LabelledSample, startComparison } from "./comparison.ts";
import { type Latency, type LatencyPlan, measureLatency } from "./latency.ts";
import { notesOf } from "./notes.ts";
import type { PeakMemory, Runner } from "./runner.ts";
import { judge, type Verdict } from "./verdict.ts";

/** What a model is tried on. */
export interface ValidationSamples {
  count: number;
  /** All labels, in the order of the model's classes; absent where samples have none. */
  labels?: readonly string[] | undefined;
  read(index: number): Promise<LabelledSample>;
}

export interface ValidationOptions {
  /** Share of 1; default: 0.01. */
  tolerance?: number;
  /** Boxes below this score do not count as found. */
  confidence?: number | undefined;
  /** Share of the boxes that both models of a detector have to find; undefined: mAP and the boxes found decide. */
  agreement?: number | undefined;
  /** How often to time runs of the first sample; false: not at all. */
  latency?: LatencyPlan | false;
  /** Whether to ask for the peak memory, which starts processes; default: no. */
  memory?: boolean;
  signal?: AbortSignal | undefined;
  /** Called after each sample. */
  progress?: (done: number, of: number) => void;
}

export interface Validation extends Comparison {
  verdict: Verdict;
  baseline: Measurements;
  deployed: Measurements;
  /** How many times faster the deployed is at the median; undefined where they ran on different machines. */
  speedUp: number | undefined;
  /** What to know before believing the figures, in sentences. */
  notes: string[];
}

/** What was measured of one of the two. */
export interface Measurements {
  name: string;
  machine: string;
  bytes: number;
  latency: Latency | undefined;
  peakMemory: PeakMemory | undefined;
  /** Bytes on the device, as the engine tells. */
  deviceMemory: number | undefined;
}

/**
 * Runs both models on the same samples and compares what they give, one sample at a time: no outputs are kept. Then times
 * them. Rejects with a ModelFileError where the two cannot be compared, and with the signal's reason.
 */
export async function validate(
  baseline: Runner,
  deployed: Runner,
  samples: ValidationSamples,
  options: ValidationOptions = {},
): Promise<Validation> {
  const { tolerance = 0.01, agreement, confidence, signal } = options;
  if (samples.count === 0) {
    throw new ExpectedError("there are no samples to validate with", {
      hint: "Name a folder of images, or files, that hold at least one that can be read.",
    });
  }
  const comparison = await compare(baseline, deployed, samples, options);
  const latencies = await timesOf([baseline, deployed], samples, options.latency, signal);
  const ofBaseline = await measurementsOf(baseline, latencies?.[0], options);
  const ofDeployed = await measurementsOf(deployed, latencies?.[1], options);
  return {
    verdict: judge(comparison, tolerance, { agreement, confidence }),
    baseline: ofBaseline,
    deployed: ofDeployed,
    speedUp: speedUpOf(ofBaseline, ofDeployed),
    notes: notesOf(comparison, { labelled: samples.labels !== undefined, tolerance, agreement }),
    ...comparison,
  };
}

async function compare(
  baseline: Runner,
  deployed: Runner,
  samples: ValidationSamples,
  { confidence, signal, progress }: ValidationOptions,
): Promise<Comparison> {
  await deployed.prepare?.(samples, { signal, progress });
  let comparing: Comparing | undefined;
  for (let i = 0; i < samples.count; i++) {
    signal?.throwIfAborted();
    const sample = await samples.read(i);
    const { outputs } = await baseline.run(sample.feeds);
    comparing ??= startComparison(sample, outputs, {
      labels: samples.labels,
      confidence,
      name: deployed.name,
    });
    comparing.add(sample, outputs, (await deployed.run(sample.feeds)).outputs);
    progress?.(i + 1, samples.count);
  }
  return comparing!.result();
}

async function timesOf(
  runners: readonly Runner[],
  samples: ValidationSamples,
  plan: LatencyPlan | false = {},
  signal: AbortSignal | undefined,
): Promise<Latency[] | undefined> {
  if (plan === false) return undefined;
  const { feeds } = await samples.read(0);
  return measureLatency(runners, feeds, plan, signal);
}

async function measurementsOf(
  runner: Runner,
  latency: Latency | undefined,
  { memory = false }: ValidationOptions,
): Promise<Measurements> {
  const { name, machine, bytes } = runner;
  const peakMemory = memory ? await runner.peakMemory?.() : undefined;
  return { name, machine, bytes, latency, peakMemory, deviceMemory: runner.deviceMemory?.() };
}

function speedUpOf(baseline: Measurements, deployed: Measurements): number | undefined {
  if (!baseline.latency || !deployed.latency || baseline.machine !== deployed.machine) return undefined;
  return baseline.latency.p50 / deployed.latency.p50;
}
