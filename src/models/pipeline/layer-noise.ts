import { watchedModel } from "../calibrate/watched-model.ts";
import type { Samples } from "../data/types.ts";
import { encodeModel } from "../onnx/encode.ts";
import { ModelFileError } from "../onnx/model-error.ts";
import type { OnnxModel } from "../onnx/types.ts";
import type { Feeds, Ort, OrtSession, Value } from "../ort/types.ts";
import { tallyDifferences } from "../validate/differences.ts";
import { numbersOf } from "../validate/numbers.ts";
import type { Deployment } from "./deployment.ts";
import type { Made } from "./precision.ts";
import { openTestSamples } from "./validation.ts";

export interface NoiseRequest {
  /** What the model was made of, as `prepare` gives it. */
  prepared: OnnxModel;
  made: Made;
  samples: Pick<Samples, "count" | "read">;
  threads: number | undefined;
}

/** A picture of each layer, no statistic: few samples show which one stands out. */
const SAMPLES = 4;
/** Layers whose outputs are in memory at the same time. */
const AT_ONCE = 16;

/**
 * What the layers give in the model that was made against what they give in float, by the name of the layer: signal to noise in
 * dB, 10·log₁₀(Σy² / Σ(y − ŷ)²), Infinity for the same. What came in from the layers before is in it. Q and DQ are run as they
 * stand, so that every layer is there to be looked at. Layers whose output is not in both models are left out.
 */
export async function layerNoise(
  { prepared, made, samples, threads }: NoiseRequest,
  ort: Ort,
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const outputs = layerOutputs(prepared, made);
  if (outputs.size === 0) return new Map();
  const watched = [prepared, made.model].map((model) => watchedModel(model, [...outputs.values()]));
  const tallies = new Map(
    [...outputs].map(([layer, output]) => [layer, { output, tally: tallyDifferences() }]),
  );
  const sessions: OrtSession[] = [];
  try {
    for (const { model } of watched)
      sessions.push(
        await ort.session(encodeModel(model), { optimization: "disabled", ...(threads && { threads }) }),
      );
    const [float, deployed] = sessions.map((session, i) => seenBy(session, watched[i]!.outputs));
    for (let i = 0; i < Math.min(SAMPLES, samples.count); i++) {
      const { feeds } = await samples.read(i);
      for (const some of chunks([...tallies.values()], AT_ONCE)) {
        signal.throwIfAborted();
        const names = some.map(({ output }) => output);
        const [expected, found] = [await float!(feeds, names), await deployed!(feeds, names)];
        for (const { output, tally } of some) addTo(tally, expected.get(output), found.get(output));
      }
    }
  } finally {
    for (const session of sessions) await session.close();
  }
  const all = [...tallies].map(([layer, { tally }]) => [layer, tally.result()] as const);
  return new Map(all.flatMap(([layer, { samples: n, sqnr }]) => (n > 0 ? [[layer, sqnr] as const] : [])));
}

/** Two more sessions of larger models than this are too much to ask of the machine for a chart. */
const MOST_BYTES = 2 ** 29;

/** The same of a deployment, over its calibration data, else its test data; empty where there are none. */
export async function noiseOfLayers(deployment: Deployment, made: Made): Promise<Map<string, number>> {
  const { request, deps, steps, source, prepared, calibrated, data } = deployment;
  const { signal } = deps.world;
  if (made.layers.length === 0 || source.bytes > MOST_BYTES) return new Map();
  const { validation, threads } = request;
  const samples = calibrated?.samples ?? (validation && (await openTestSamples(validation, data, signal)));
  if (samples === undefined) return new Map();
  try {
    return await steps.run(
      "report",
      "Measuring the noise of each layer",
      async () => layerNoise({ prepared, made, samples, threads }, await deps.world.openOrt(), signal),
      ({ size }) => `${size} of ${made.layers.length}`,
    );
  } catch (thrown) {
    if (!(thrown instanceof ModelFileError)) throw thrown;
    steps.warn(`The noise of the layers is not known: ${thrown.message}.`);
    return new Map();
  }
}

/** By layer: the name of what it gives, where both models have that. */
function layerOutputs({ graph }: OnnxModel, { model, layers }: Made): Map<string, string> {
  const outputOf = new Map(graph.nodes.map(({ name, outputs }) => [name, outputs[0]!]));
  const there = new Set(model.graph.nodes.flatMap(({ outputs }) => outputs));
  return new Map(
    layers.flatMap(({ name }) => {
      const output = outputOf.get(name);
      return output !== undefined && there.has(output) ? [[name, output] as const] : [];
    }),
  );
}

type Seen = (feeds: Feeds, tensors: readonly string[]) => Promise<Map<string, Value>>;

const seenBy =
  (session: OrtSession, outputs: ReadonlyMap<string, string>): Seen =>
  async (feeds, tensors) => {
    const there = tensors.filter((tensor) => outputs.has(tensor));
    const needed = session.inputs.map(({ name }) => [name, feeds[name]!] as const);
    const given = await session.run(
      Object.fromEntries(needed),
      there.map((tensor) => outputs.get(tensor)!),
    );
    return new Map(there.map((tensor) => [tensor, given[outputs.get(tensor)!]!]));
  };

function addTo(
  tally: ReturnType<typeof tallyDifferences>,
  expected: Value | undefined,
  found: Value | undefined,
): void {
  const [a, b] = [expected, found].map((value) => value && numbersOf(value));
  if (a && b && a.length === b.length) tally.add(a, b);
}

function* chunks<Item>(items: readonly Item[], size: number): Generator<Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
