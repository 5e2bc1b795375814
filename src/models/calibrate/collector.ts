import type { Sample } from "../data/types.ts";
import { ModelFileError } from "../onnx/model-error.ts";
import type { OrtSession, Value } from "../ort/types.ts";
import { addMeans, type Planes } from "./channel-means.ts";
import { lookForInfinity, type Suspects } from "./infinity.ts";
import { merge, newObservation, type Observation, observe, observeChannels } from "./observation.ts";
import type { WatchedModel } from "./watched-model.ts";

/** What one pass keeps: by tensor, whatever the number of samples. */
export type Observations = Map<string, Observation>;

/** Runs samples and keeps what their activations are. */
export interface Collector {
  /** Samples that it can be given before the first of them is done. */
  readonly width: number;
  /** Rejects with an ExpectedError for NaN, for infinity in an output of the model, and with what ONNX Runtime says. */
  add(sample: Sample): Promise<void>;
  /** What it has seen since the last call; not while samples are running. */
  take(): Promise<Observations>;
  close(): Promise<void>;
}

export type Watched = Pick<WatchedModel, "outputs" | "fed" | "derived" | "averaged" | "ends">;

export const newObservations = ({ outputs, fed, derived }: Watched, histograms: boolean): Observations =>
  new Map([
    ...[...fed, ...outputs.keys()].map((name) => [name, newObservation(histograms)] as const),
    ...[...derived.keys()].map((name) => [name, newObservation(false)] as const),
  ]);

export function mergeAll(into: Observations, from: Observations): void {
  for (const [name, seen] of from) merge(into.get(name)!, seen);
}

/** In this thread. Without a session only what the model is fed is seen. */
export function localCollector(
  session: OrtSession | undefined,
  watched: Watched,
  histograms: boolean,
): Collector {
  const names = [...watched.outputs.values()];
  const shaped = Map.groupBy(
    [...watched.derived].filter(([, { sameShape }]) => sameShape),
    ([, { from }]) => from,
  );
  let observations = newObservations(watched, histograms);

  function see(tensor: string, { dims, data }: Value, suspects: Suspects): void {
    const seen = observations.get(tensor)!;
    const values = data instanceof Float32Array ? data : fractions(data, tensor);
    if (seen.infinite || observe(seen, values) >= 0)
      seen.infinite = lookForInfinity(tensor, values, watched, suspects) || seen.infinite;
    if (seen.infinite) return;
    if (dims.length < 2 || values.length === 0) return;
    const [, channels, ...rest] = dims as [number, number, ...number[]];
    const planes = { channels, plane: rest.reduce((product, dim) => product * dim, 1) };
    seeChannels(tensor, values, planes, dims.length === 4);
    for (const [name, { relu }] of shaped.get(tensor) ?? []) {
      seeChannels(name, values, { ...planes, relu }, dims.length === 4);
    }
  }

  function seeChannels(tensor: string, values: Float32Array, planes: Planes, image: boolean): void {
    const seen = observations.get(tensor)!;
    if (watched.averaged.has(tensor)) seen.means = addMeans(seen.means, values, planes);
    if (image && planes.channels > 1) observeChannels(seen, values, planes);
  }

  return {
    width: 1,
    async add({ feeds, file }) {
      const suspects: Suspects = { file };
      for (const name of watched.fed) see(name, feeds[name]!, suspects);
      if (session === undefined) return;
      const results = await session.run(feeds, names);
      for (const [tensor, output] of watched.outputs) see(tensor, results[output]!, suspects);
    },
    async take() {
      const taken = observations;
      observations = newObservations(watched, histograms);
      return taken;
    },
    close: async () => session?.close(),
  };
}

function fractions(data: Value["data"], tensor: string): Float32Array {
  if (data instanceof Float64Array || data instanceof Float16Array) return Float32Array.from(data);
  throw new ModelFileError("a tensor that holds no fractions has no range", { where: tensor });
}
