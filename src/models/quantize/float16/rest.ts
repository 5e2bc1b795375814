import type { OnnxModel } from "../../onnx/types.ts";
import type { LayerReport, Ranges } from "../types.ts";
import { type HalfPrecision, toFloat16 } from "./index.ts";

/**
 * What `quantize` made, with float16 for all that is not int8, where nothing is lost by it: layers that were left in float,
 * too. `named` are the nodes of the model that it was made from; Q, DQ and casts are nothing to tell of. Throws a
 * ModelFileError where its operators cannot be those of opset 19, with which Q and DQ have float16.
 */
export function restInFloat16(
  { model, layers }: { model: OnnxModel; layers: readonly LayerReport[] },
  ranges: Ranges,
  named: ReadonlySet<string>,
): HalfPrecision {
  const half = toFloat16(model, ranges);
  const quantized = new Map(layers.map((layer) => [layer.name, layer]));
  const told = half.layers.filter(({ name }) => named.has(name));
  return { model: half.model, layers: told.map((layer) => both(quantized.get(layer.name), layer)) };
}

/** A layer of int8 stays one; of another it is told why it is none, and why it is not float16 either. */
function both(quantized: LayerReport | undefined, half: LayerReport): LayerReport {
  if (quantized === undefined) return half;
  if (quantized.precision !== "float") return quantized;
  const reasons = [quantized.reason, half.reason].filter((reason) => reason !== undefined);
  return { ...half, reason: reasons.join("; in float32, as ") };
}
