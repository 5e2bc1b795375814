import { DataError } from "../data/data-error.ts";
import type { Sample } from "../data/types.ts";
import { ModelFileError } from "../onnx/model-error.ts";
import type { OrtSession, Value } from "../ort/types.ts";
import { merge, newObservation, type Observation, observe, observeChannels } from "./observation.ts";
import type { WatchedModel } from "./watched-model.ts";

/** What one pass keeps: by tensor, whatever the number of samples. */
export type Observations = Map<string, Observation>;

/** Runs samples and keeps what their activations are. */
export interface Collector {
  /** Samples that it can be given before the first of them is done. */
  readonly width: number;
  /** Rejects with an ExpectedError for NaN and infinity, and with what ONNX Runtime says. */
  add(sample: Sample): Promise<void>;
  /** What it has seen since the last call; not while samples are running. */
  take(): Promise<Observations>;
  close(): Promise<void>;
}

export type Watched = Pick<WatchedModel, "outputs" | "fed" | "derived">;

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
  const fed = new Set(watched.fed);
  const shaped = Map.groupBy(
    [...watched.derived].filter(([, { sameShape }]) => sameShape),
    ([, { from }]) => from,
  );
  let observations = newObservations(watched, histograms);

  function see(tensor: string, { dims, data }: Value, file: string): void {
    const seen = observations.get(tensor)!;
    const values = data instanceof Float32Array ? data : fractions(data, tensor);
    const wrong = observe(seen, values);
    if (wrong >= 0) throw notFinite(tensor, values[wrong]!, file, fed.has(tensor));
    if (dims.length !== 4 || dims[1]! < 2 || values.length === 0) return;
    const shape = { channels: dims[1]!, plane: dims[2]! * dims[3]! };
    observeChannels(seen, values, shape);
    for (const [name, { relu }] of shaped.get(tensor) ?? []) {
      observeChannels(observations.get(name)!, values, { ...shape, relu });
    }
  }

  return {
    width: 1,
    async add({ feeds, file }) {
      for (const name of fed) see(name, feeds[name]!, file);
      if (session === undefined) return;
      const results = await session.run(feeds, names);
      for (const [tensor, output] of watched.outputs) see(tensor, results[output]!, file);
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

function notFinite(tensor: string, value: number, file: string, input: boolean): Error {
  const what = Number.isNaN(value) ? "NaN" : `${value}`;
  if (input) return new DataError(`the values for input "${tensor}" hold ${what}`, { where: file });
  return new ModelFileError(`the float model itself gives ${what} in tensor "${tensor}"`, {
    where: file,
    hint: "Check the preprocessing and the weights; or leave the layer in float, with all that stands before it.",
  });
}
