import type { QuantizationFacts } from "../quantization/types.ts";
import { elementsOf, type TensorInfo } from "../safetensors/header.ts";
import type { TensorFacts } from "./model-facts.ts";
import { tensorGroup } from "./tensor-group.ts";

/** Adds up the tensors of a checkpoint. A name that stands in two files counts once. */
export function sumTensors(
  tensors: Iterable<TensorInfo>,
  quantization: QuantizationFacts | undefined,
  read: TensorFacts["read"],
): TensorFacts {
  const byGroup: NonNullable<TensorFacts["byGroup"]> = {};
  const facts: TensorFacts = { bytes: 0, parameters: 0, byDtype: {}, byGroup, read };
  const seen = new Set<string>();
  let parameters = 0;
  for (const tensor of tensors) {
    if (seen.has(tensor.name)) continue;
    seen.add(tensor.name);
    const elements = elementsOf(tensor.shape);
    const sum = facts.byDtype[tensor.dtype] ?? { bytes: 0, elements: 0 };
    facts.byDtype[tensor.dtype] = { bytes: sum.bytes + tensor.bytes, elements: sum.elements + elements };
    facts.bytes += tensor.bytes;
    const group = tensorGroup(tensor.name);
    byGroup[group] = (byGroup[group] ?? 0) + tensor.bytes;
    parameters += elements * weightsPerElement(tensor, quantization);
  }
  facts.parameters = Math.round(parameters);
  return facts;
}

/** Scales, zero points and notes of quantization, which authors do not count. */
const NOT_WEIGHTS =
  /(_scale(_2|_inv)?|scales|zeros|zero_point|g_idx|perm|weight_shape|absmax|quant_map|quant_state\..*|nested_\w+|_scales|_amax)$/;

/** Weights that are packed in one element: eight of 4 bits in an int32. */
function weightsPerElement({ name, dtype }: TensorInfo, quantization: QuantizationFacts | undefined): number {
  if (quantization === undefined) return 1;
  if (NOT_WEIGHTS.test(name)) return 0;
  const bits = quantization.weightBits;
  if (bits === undefined || quantization.scheme === "gguf") return 1;
  if (dtype === "I32" && /(qweight|weight_packed|weight)$/.test(name)) return 32 / bits;
  if (dtype === "U8" && bits < 8) return 8 / bits;
  return 1;
}
