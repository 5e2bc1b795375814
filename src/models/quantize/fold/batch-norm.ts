import { floatOf, intOf } from "../../onnx/attributes.ts";
import type { Node } from "../../onnx/types.ts";
import { type ChannelMap, linearLayout, workIn } from "./linear.ts";
import type { FoldContext, Pass } from "./pass.ts";

/** Works BatchNormalization into the Conv, ConvTranspose or Gemm before it. */
export const foldBatchNorm: Pass = (context) => {
  let found = false;
  for (const node of [...context.graph.nodes]) {
    const weights = context.constant(node.inputs[1]);
    const layout = weights && linearLayout(node, weights);
    const norm = layout && context.soleTaker(node.outputs[0]!);
    if (!norm || !isInference(norm, node.outputs[0]!)) continue;
    const map = channelMapOf(context, norm, layout.channels);
    if (!map || !workIn(context, node, map)) continue;
    context.absorb(node, norm);
    found = true;
  }
  return found;
};

/**
 * More outputs than one mean training, whether anyone takes them or not: it then normalizes by the batch itself (ONNX,
 * BatchNormalization-9), and ONNX Runtime does.
 */
const isInference = (norm: Node, input: string): boolean =>
  norm.opType === "BatchNormalization" &&
  norm.domain === "" &&
  norm.inputs[0] === input &&
  norm.outputs.length === 1 &&
  intOf(norm, "training_mode", 0) === 0;

/** γ / √(σ² + ε) and β − μ·γ / √(σ² + ε); undefined where the statistics are no constants, or no numbers. */
function channelMapOf(context: FoldContext, norm: Node, channels: number): ChannelMap | undefined {
  const [gamma, beta, mean, variance] = norm.inputs.slice(1).map(context.floats);
  if (!gamma || !beta || !mean || variance?.length !== channels) return undefined;
  const epsilon = floatOf(norm, "epsilon", 1e-5);
  const factor = Float64Array.from(gamma, (value, c) => value / Math.sqrt(variance[c]! + epsilon));
  const offset = Float64Array.from(beta, (value, c) => value - mean[c]! * factor[c]!);
  return factor.every(Number.isFinite) ? { factor, offset } : undefined;
}
