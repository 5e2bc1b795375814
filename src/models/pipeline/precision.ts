import type { CalibratedRange } from "../calibrate/types.ts";
import { ModelFileError } from "../onnx/model-error.ts";
import type { OnnxModel } from "../onnx/types.ts";
import type { LayerReport, QuantizationProfile, Selection } from "../quantize/types.ts";
import type { Precision } from "../targets/types.ts";
import type { WeightRequest } from "./types.ts";

/** A model that says its precision, and what became of its layers. */
export interface Made {
  model: OnnxModel;
  layers: LayerReport[];
}

export interface PrecisionOptions {
  precision: Precision;
  profile: QuantizationProfile;
  selection: Selection;
  /** Of the model that `prepare` gives; needed for int8, and for fp16 to know what would overflow. */
  ranges?: ReadonlyMap<string, CalibratedRange> | undefined;
  weights?: WeightRequest | undefined;
}

/** The model in the precision. `source` is as it was read, `prepared` as `prepare` gives it. Each room is loaded when needed. */
export async function inPrecision(
  source: OnnxModel,
  prepared: OnnxModel,
  { precision, profile, selection, ranges, weights = { bits: 8 } }: PrecisionOptions,
): Promise<Made> {
  switch (precision) {
    case "fp32":
      return { model: source, layers: [] };
    case "fp16": {
      const { toFloat16 } = await import("../quantize/float16/index.ts");
      return toFloat16(prepared, ranges, selection);
    }
    case "int8-weights": {
      const { weightOnly } = await import("../quantize/weight-only/index.ts");
      const { bits, blockSize } = weights;
      const made = weightOnly(prepared, {
        bits,
        ...(blockSize !== undefined && { blockSize }),
        ...selection,
      });
      return quantizedSome(made);
    }
    case "int8": {
      const { quantize } = await import("../quantize/quantize.ts");
      if (ranges === undefined) throw new Error("int8 takes ranges");
      return quantizedSome(quantize(prepared, ranges, profile, selection));
    }
  }
}

/** A model of which nothing is quantized would be sold for what it is not. */
function quantizedSome(made: Made): Made {
  if (made.layers.some(({ precision }) => precision === "int8" || precision === "int4")) return made;
  const [first] = made.layers;
  throw new ModelFileError("no layer of the model can be quantized", {
    ...(first && { where: first.name }),
    hint: first
      ? `${made.layers.length} layers stay in float; the first, as ${first.reason ?? "it is not supported"}. Deploy it with --precision fp16 or fp32.`
      : "It has no convolution and no matrix product with constant weights. Deploy it with --precision fp16 or fp32.",
  });
}
