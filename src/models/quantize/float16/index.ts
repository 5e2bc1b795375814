import { cloneModel, closeInitializers } from "../../onnx/clone-model.ts";
import { prune } from "../../onnx/graph-index.ts";
import type { OnnxModel } from "../../onnx/types.ts";
import { upgradeOpset } from "../../onnx/upgrade/index.ts";
import { nameNodes } from "../fold/names.ts";
import { isLayer } from "../placement/is-layer.ts";
import { choiceOf } from "../placement/selection.ts";
import type { LayerReport, Ranges, Selection } from "../types.ts";
import { putCasts } from "./casts.ts";
import { precisionsOf } from "./precision.ts";

export interface HalfPrecision {
  model: OnnxModel;
  /** Layers with weights, and whatever stays in float32; in the order of the graph. */
  layers: LayerReport[];
}

/** QuantizeLinear and DequantizeLinear have float16 on their float side since then. */
const HALF_SCALES_OPSET = 19;

/**
 * The model with float16 written into it: weights, and what lies between, but for the operators that would lose by it.
 * Inputs and outputs stay float32. Every type is said, as a strongly typed network wants it (TensorRT, "Strong Typing").
 * `ranges` tell which values would overflow. Also for what `quantize` made: then all that is not int8 becomes float16.
 */
export function toFloat16(model: OnnxModel, ranges?: Ranges, selection: Selection = {}): HalfPrecision {
  const quantized = model.graph.nodes.some(({ opType }) => opType === "DequantizeLinear");
  const half = cloneModel(quantized ? upgradeOpset(model, HALF_SCALES_OPSET) : model);
  closeInitializers(half);
  const { graph } = half;
  nameNodes(graph);
  const precisions = precisionsOf({
    graph,
    ranges,
    choice: choiceOf(graph, selection),
    halfScales: (half.opsets.get("") ?? 0) >= HALF_SCALES_OPSET,
  });
  const layers = graph.nodes.flatMap((node): LayerReport[] => {
    const reason = precisions.reasons.get(node);
    if (!isLayer(node) && reason === undefined) return [];
    const precision = precisions.of(node) ?? "float";
    return [{ name: node.name, opType: node.opType, precision, ...(reason !== undefined && { reason }) }];
  });
  putCasts(graph, precisions);
  prune(graph);
  return { model: half, layers };
}
