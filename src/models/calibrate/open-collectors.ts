import { mkdir, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { newId } from "../../base/ids.ts";
import { encodeModel } from "../onnx/encode.ts";
import type { OnnxModel } from "../onnx/types.ts";
import { writeModel } from "../onnx/write-model.ts";
import type { Ort } from "../ort/types.ts";
import { type Collector, localCollector } from "./collector.ts";
import type { WatchedModel } from "./watched-model.ts";
import { workerCollector } from "./worker-collector.ts";

/** A model whose tensors are watched, as it will be run. */
export interface WatchedFile {
  /** SHA-256 of its bytes, weights and all. */
  digest: string;
  /** Collectors for so many samples; what they need is gone when they are closed. */
  open(options: CollectorOptions): Promise<Collector[]>;
}

export interface CollectorOptions {
  ort: Ort;
  cacheDir: string;
  histograms: boolean;
  samples: number;
  /** Default: one for each processor that this process may use. */
  threads?: number;
}

/** Models with more weights are run from a file beside which they lie: bytes in memory would be there twice. */
const IN_MEMORY = 2 ** 28;
/** Each has the activations of one sample, and the weights, in memory. */
const MOST_WORKERS = 4;
const WORKER_WEIGHTS = 2 ** 27;
/** A thread with its session takes some 0.1 s to begin. */
const SAMPLES_WORTH_A_WORKER = 32;

export function watchedFile(watched: WatchedModel, inMemoryBytes = IN_MEMORY): WatchedFile {
  const tensors = [...watched.model.graph.initializers.values()];
  const weights = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return weights > inMemoryBytes ? onDisk(watched) : inMemory(watched, weights);
}

function inMemory(watched: WatchedModel, weights: number): WatchedFile {
  const bytes = encodeModel(watched.model);
  const { outputs, fed, derived, averaged, ends } = watched;
  return {
    digest: new Bun.CryptoHasher("sha256").update(bytes).digest("hex"),
    async open({ ort, cacheDir, histograms, samples, threads = availableParallelism() }) {
      const workers = outputs.size === 0 || weights > WORKER_WEIGHTS ? 1 : workersFor(samples, threads);
      if (workers === 1) {
        const session = outputs.size === 0 ? undefined : await ort.session(bytes, { threads });
        return [localCollector(session, watched, histograms)];
      }
      const options = {
        watched: { outputs, fed, derived, averaged, ends },
        histograms,
        threads: Math.floor(threads / workers),
        cacheDir,
      };
      return allOrNone(Array.from({ length: workers }, () => workerCollector(bytes, options)));
    },
  };
}

const workersFor = (samples: number, threads: number): number =>
  Math.max(1, Math.min(threads, MOST_WORKERS, Math.floor(samples / SAMPLES_WORTH_A_WORKER)));

async function allOrNone(opening: Promise<Collector>[]): Promise<Collector[]> {
  const outcomes = await Promise.allSettled(opening);
  const opened = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed === undefined) return opened;
  await Promise.all(opened.map((collector) => collector.close()));
  throw failed.reason;
}

function onDisk(watched: WatchedModel): WatchedFile {
  return {
    digest: digestOf(watched.model),
    async open({ ort, cacheDir, histograms, threads }) {
      const folder = join(cacheDir, `calibration/model-${newId()}`);
      const remove = () => rm(folder, { recursive: true, force: true });
      try {
        await mkdir(folder, { recursive: true });
        const file = join(folder, "model.onnx");
        await writeModel(watched.model, file, { externalDataAbove: 0 });
        const session = await ort.session(file, threads === undefined ? {} : { threads });
        const collector = localCollector(session, watched, histograms);
        return [{ ...collector, close: () => collector.close().finally(remove) }];
      } catch (thrown) {
        await remove();
        throw thrown;
      }
    },
  };
}

/** Without the model's bytes in memory all at once. */
function digestOf(model: OnnxModel): string {
  const sha = new Bun.CryptoHasher("sha256");
  sha.update(encodeModel(model, () => ({ location: "weights", offset: 0, length: 0 })));
  for (const tensor of model.graph.initializers.values()) sha.update(tensor.raw());
  return sha.digest("hex");
}
