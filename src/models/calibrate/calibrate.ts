import { join } from "node:path";
import { type Clock, systemClock } from "../../base/clock.ts";
import { markUsed, type PruneLimits, pruneFolder } from "../../base/prune-folder.ts";
import { DataError } from "../data/data-error.ts";
import type { Samples } from "../data/types.ts";
import type { OnnxModel } from "../onnx/types.ts";
import type { Ort } from "../ort/types.ts";
import { meansOf } from "./channel-means.ts";
import { CHECKPOINT_VERSION, type Checkpoint, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { newObservations, type Observations } from "./collector.ts";
import { derive } from "./derivations.ts";
import { findingsOf, infiniteFindings, sampleWarnings } from "./findings.ts";
import { settle } from "./observation.ts";
import { watchedFile } from "./open-collectors.ts";
import { rangeOf } from "./range-of.ts";
import { runPass } from "./run-pass.ts";
import type { CalibratedRange, Calibration, CalibrationProgress, RangeOptions } from "./types.ts";
import { type WatchedModel, watchedModel } from "./watched-model.ts";

export interface CalibrateOptions extends RangeOptions {
  /** The tensors whose ranges are wanted. */
  tensors: readonly string[];
  /** Threads of ONNX Runtime; default: one for each processor that this process may use. */
  threads?: number;
  /** Where passes are kept by their content, and models too large for memory while they run. */
  cacheDir: string;
  /** Whether an earlier pass over the same content is used or continued; default: yes. */
  resume?: boolean;
}

export interface CalibrateWorld {
  ort: Ort;
  progress?: (progress: CalibrationProgress) => void;
  signal?: AbortSignal;
  clock?: Clock;
}

/**
 * Runs the float model over the samples once and takes the range of each tensor from what it saw. Memory does not grow with
 * the number of samples. What an earlier pass over the same model, samples and preprocessing saw is used, whatever its
 * method and however far it came. A tensor with infinite values has no range. Rejects with an ExpectedError that names the
 * tensor and the file for NaN, and for infinity in an output of the model; with the signal's reason when it aborts, after the pass was written down.
 */
export async function calibrate(
  model: OnnxModel,
  samples: Samples,
  options: CalibrateOptions,
  world: CalibrateWorld,
): Promise<Calibration> {
  if (samples.count === 0) throw new DataError("there are no samples to calibrate with");
  const pass = await passOver(model, samples, options, world);
  complete(pass);
  const ranges = new Map<string, CalibratedRange>();
  const infinite: string[] = [];
  for (const [tensor, seen] of pass.observations) {
    if (seen.infinite) {
      infinite.push(tensor);
      continue;
    }
    const steady = seen.steady;
    ranges.set(tensor, {
      ...rangeOf(seen, options),
      lowest: seen.lowest,
      highest: seen.highest,
      deadChannels: steady?.reduce((dead, value) => (Number.isNaN(value) ? dead : dead + 1), 0) ?? 0,
      ...(steady !== undefined && { channels: steady.length }),
      ...(seen.means !== undefined && { means: meansOf(seen.means) }),
    });
  }
  return {
    ranges,
    samples: samples.count,
    reused: pass.reused,
    findings: [...infiniteFindings(infinite), ...findingsOf(ranges)],
    warnings: sampleWarnings(samples.count),
  };
}

/** Works out what was not looked at itself. */
function complete({ observations, watched }: Pass): void {
  for (const seen of observations.values()) settle(seen);
  for (const [name, { from, relu }] of watched.derived) {
    derive(observations.get(name)!, observations.get(from)!, relu);
  }
}

interface Pass {
  watched: WatchedModel;
  observations: Observations;
  reused: number;
}

async function passOver(
  model: OnnxModel,
  samples: Samples,
  { tensors, method, threads, cacheDir, resume = true }: CalibrateOptions,
  { ort, clock = systemClock, ...world }: CalibrateWorld,
): Promise<Pass> {
  const watched = watchedModel(model, tensors);
  const file = watchedFile(watched);
  const histograms = method !== "minmax";
  const folder = join(cacheDir, "calibration");
  const path = join(folder, `${keyOf(file.digest, samples.digest, histograms, watched)}.pass`);
  await markUsed(path, clock.now());
  await pruneFolder(folder, keptPasses(clock.now()));
  const kept = resume ? await readCheckpoint(path) : undefined;
  const checkpoint = kept ?? { done: 0, observations: newObservations(watched, histograms) };
  const reused = checkpoint.done;
  world.progress?.({ done: reused, total: samples.count });
  const left = samples.count - reused;
  if (left <= 0) return { watched, observations: checkpoint.observations, reused };

  world.signal?.throwIfAborted();
  const collectors = await file.open({
    ort,
    cacheDir,
    histograms,
    samples: left,
    ...(threads !== undefined && { threads }),
  });
  try {
    const keep = (state: Checkpoint) => writeCheckpoint(path, state);
    await runPass(checkpoint, samples, collectors, { clock, keep, ...world });
  } finally {
    await Promise.all(collectors.map((collector) => collector.close()));
  }
  return { watched, observations: checkpoint.observations, reused };
}

const HOUR_MS = 3_600_000;

/** Passes, and models that a process left behind that was killed: those of a run that goes on are younger than a day. */
const keptPasses = (now: number): PruneLimits => ({
  now,
  maxBytes: 2 ** 30,
  maxAgeMs: 60 * 24 * HOUR_MS,
  keepSince: now - 24 * HOUR_MS,
});

/** All that what is seen depends on. */
const keyOf = (
  model: string,
  samples: string,
  histograms: boolean,
  { outputs, fed, derived, averaged, ends }: WatchedModel,
): string =>
  new Bun.CryptoHasher("sha256")
    .update(
      JSON.stringify([
        CHECKPOINT_VERSION,
        model,
        samples,
        histograms,
        [...outputs],
        fed,
        [...derived],
        [...averaged],
        [...ends],
      ]),
    )
    .digest("hex");
