import type { CalibratedRange } from "../calibrate/types.ts";
import type { Samples } from "../data/types.ts";
import { keepFewest } from "../mixed/keep-fewest.ts";
import { sensitivityProbe } from "../mixed/probe.ts";
import { type LayerSensitivity, rankLayers } from "../mixed/sensitivity.ts";
import { encodeModel } from "../onnx/encode.ts";
import type { OnnxModel } from "../onnx/types.ts";
import type { Feeds, Ort, Value } from "../ort/types.ts";
import type { QuantizationProfile, Selection } from "../quantize/types.ts";
import type { Result } from "../report/result-schema.ts";
import { inPrecision, type Made } from "./precision.ts";

export interface MixedRequest {
  source: OnnxModel;
  prepared: OnnxModel;
  ranges: ReadonlyMap<string, CalibratedRange>;
  profile: QuantizationProfile;
  selection: Selection;
  /** Shows what each layer loses. */
  calibration: Samples;
  /** What may be lost, a share of 1. */
  limit: number;
  /** What the model loses, a share of 1. */
  lossOf(made: Made): Promise<number>;
}

export interface MixedWorld {
  ort: Ort;
  signal: AbortSignal;
  threads: number | undefined;
  /** Called after each try. */
  tried(count: number): void;
}

/** Samples that the layers are ranked by: their order settles early, and each takes a run for every layer. */
const RANKING_SAMPLES = 8;
const MOST_TRIES = 64;

/**
 * The model with the fewest layers in float that bring the loss to the limit, or as near to it as it comes. The least
 * sensitive layer is quantized in any case: with none it would be no int8 model.
 */
export async function mixPrecisions(
  request: MixedRequest,
  { ort, signal, threads, tried }: MixedWorld,
): Promise<{ made: Made; mixed: NonNullable<Result["mixed"]> }> {
  const ranked = await ranking(request, { ort, signal, threads });
  let tries = 0;
  const found = await keepFewest<Promise<Made>>({
    ranked: ranked.slice(0, -1).map(({ name }) => name),
    build: (keep) => keeping(request, keep),
    async evaluate(model) {
      const loss = await request.lossOf(await model);
      tried(++tries);
      return loss;
    },
    tolerance: request.limit,
    maxEvaluations: MOST_TRIES,
    signal,
  });
  const made = await found.model;
  const operators = new Map(ranked.map(({ name, opType }) => [name, opType]));
  const weights = weightsByLayer(await keeping(request, new Set()));
  return {
    made,
    mixed: {
      limit: request.limit,
      before: finite(found.allQuantized),
      after: finite(found.drop),
      reached: found.reached,
      tries: found.evaluations,
      kept: found.kept.map(({ name, dropIfQuantized }) => ({
        layer: name,
        operator: operators.get(name)!,
        ...(dropIfQuantized !== undefined && { ifQuantized: finite(dropIfQuantized) }),
        elements: weights.get(name) ?? 0,
      })),
    },
  };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

const keeping = (
  { source, prepared, ranges, profile, selection }: MixedRequest,
  keep: ReadonlySet<string>,
): Promise<Made> =>
  inPrecision(source, prepared, { precision: "int8", profile, ranges, selection: { ...selection, keep } });

const chosen = (layer: number): Value => ({ type: "int64", dims: [], data: BigInt64Array.of(BigInt(layer)) });

const weightsByLayer = ({ layers }: Made): Map<string, number> =>
  new Map(layers.flatMap(({ name, weights }) => (weights ? [[name, weights.elements] as const] : [])));

async function ranking(
  { prepared, ranges, profile, selection, calibration }: MixedRequest,
  { ort, signal, threads }: Omit<MixedWorld, "tried">,
): Promise<LayerSensitivity[]> {
  const probe = sensitivityProbe(prepared, ranges, profile, selection);
  const session = await ort.session(encodeModel(probe.model), threads === undefined ? {} : { threads });
  const feedsOf = async function* (): AsyncGenerator<Feeds> {
    for (let i = 0; i < Math.min(RANKING_SAMPLES, calibration.count); i++) {
      yield (await calibration.read(i)).feeds;
    }
  };
  try {
    return await rankLayers(
      probe,
      feedsOf(),
      (feeds, layer) => session.run({ ...feeds, [probe.input]: chosen(layer) }),
      { signal },
    );
  } finally {
    await session.close();
  }
}
