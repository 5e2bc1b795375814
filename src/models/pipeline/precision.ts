import { counted } from "../../base/counted.ts";
import type { CalibratedRange } from "../calibrate/types.ts";
import { ModelFileError } from "../onnx/model-error.ts";
import type { OnnxModel } from "../onnx/types.ts";
import type { LayerReport, QuantizationProfile, Ranges, Selection } from "../quantize/types.ts";
import type { Precision } from "../targets/types.ts";
import type { WeightRequest } from "./types.ts";

/** A model that says its precision, and what became of its layers. */
export interface Made {
  model: OnnxModel;
  layers: LayerReport[];
  /** What a person should know of it. */
  notes?: string[];
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
      const { NO_PRODUCT, weightOnly } = await import("../quantize/weight-only/index.ts");
      const { refuseQuantized } = await import("../quantize/refuse-quantized.ts");
      refuseQuantized(source.graph);
      const { bits, blockSize } = weights;
      const made = weightOnly(prepared, {
        bits,
        ...(blockSize !== undefined && { blockSize }),
        ...selection,
      });
      const left = made.layers.filter(({ reason }) => reason === NO_PRODUCT).length;
      return quantizedSome({ ...made, notes: notesOnBlocks(left, made.layers.length, bits) });
    }
    case "int8": {
      const { quantize } = await import("../quantize/quantize.ts");
      if (ranges === undefined) throw new Error("int8 takes ranges");
      const made = quantizedSome(quantize(prepared, ranges, profile, selection));
      return profile.rest === "float16" ? withFloat16(made, prepared, ranges) : made;
    }
  }
}

/** Weights in blocks are for few operators: of a network for pictures nearly nothing becomes smaller. */
function notesOnBlocks(left: number, all: number, bits: 4 | 8): string[] {
  if (left === 0) return [];
  const given = bits === 4 ? "--weight-bits 4" : "--block-size";
  return [
    `${left} of ${counted(all, "layer")} ${left === 1 ? "stays" : "stay"} in float, as weights in blocks are for MatMul and Gemm alone: without ${given} all have 8 bits.`,
  ];
}

/** Float32 is slower and right all the same: where float16 cannot be had, it stays, and that is told. */
async function withFloat16(made: Made, { graph }: OnnxModel, ranges: Ranges): Promise<Made> {
  const { restInFloat16 } = await import("../quantize/float16/rest.ts");
  try {
    return restInFloat16(made, ranges, new Set(graph.nodes.map(({ name }) => name)));
  } catch (thrown) {
    if (!(thrown instanceof ModelFileError)) throw thrown;
    const { message, where, hint } = thrown;
    const why = [
      message,
      where === undefined ? "" : ` (${where})`,
      hint === undefined ? "" : `. ${hint}`,
    ].join("");
    return {
      ...made,
      notes: [`What is not int8 stays float32, and is slower by it: ${why.replace(/\.$/, "")}.`],
    };
  }
}

/** A model of which nothing is quantized would be sold for what it is not. */
function quantizedSome(made: Made): Made {
  if (made.layers.some(({ precision }) => precision === "int8" || precision === "int4")) return made;
  const why =
    made.layers.length === 0
      ? "It has no convolution and no matrix product with constant weights"
      : `Its layers stay in float: ${reasonsOf(made.layers)}`;
  throw new ModelFileError("no layer of the model can be quantized", {
    hint: `${why}. Deploy it with --precision fp16 or fp32.`,
  });
}

/** `excluded (3, as conv1); it is the first layer (conv0)` */
function reasonsOf(layers: Made["layers"]): string {
  const byReason = Map.groupBy(layers, ({ reason }) => reason ?? "not supported");
  return [...byReason]
    .map(([reason, [first, ...others]]) =>
      others.length === 0
        ? `${reason} (${first!.name})`
        : `${reason} (${others.length + 1}, as ${first!.name})`,
    )
    .join("; ");
}
