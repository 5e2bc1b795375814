import { floatsOf } from "../onnx/tensor.ts";
import type { Node } from "../onnx/types.ts";
import { biasSteps, fitScalesToBias } from "./bias.ts";
import type { GraphEditor } from "./graph-editor.ts";
import { constantBias, putBias } from "./layer-bias.ts";
import { putWeights } from "./layer-weights.ts";
import { meanShift } from "./mean-shift.ts";
import { PLACEMENTS } from "./placement/table.ts";
import type { LayerReport, QuantizationProfile } from "./types.ts";
import { channelExtents, channelLayout, integerWeights, weightScales } from "./weights.ts";

export interface QuantizedLayer {
  /** Q and DQ of its weights, DQ of its bias, to be put before the layer. */
  nodes: Node[];
  report: LayerReport;
}

/** What is known of the activations that a layer takes. */
export interface LayerInput {
  scale: number;
  /** Of its channels. */
  means?: Float64Array | undefined;
}

/**
 * Gives a layer integers in place of its weights, and of its bias where the profile says so; where the means of its input are
 * known, the bias makes up for what the weights lose on average.
 */
export function quantizeLayer(
  editor: GraphEditor,
  node: Node,
  input: LayerInput,
  { perChannel, reduceRange, weights: weightForm, bias: form }: QuantizationProfile,
): QuantizedLayer {
  const [, weightName] = node.inputs;
  const tensor = editor.graph.initializers.get(weightName!)!;
  const weights = floatsOf(tensor);
  const axis = perChannel ? PLACEMENTS.get(node.opType)?.channelAxis?.(node, tensor) : undefined;
  const layout = channelLayout(tensor.dims, axis);
  const greatest = reduceRange ? 63 : 127;
  const extents = channelExtents(weightName!, weights, layout);
  const bias = constantBias(editor, node);
  const fitted = fitScalesToBias(
    weightScales(extents, greatest),
    extents.maxima,
    form === "int32" ? bias : undefined,
    input.scale,
  );
  const { integers, scales, sqnr } = integerWeights(weights, fitted.scales, layout, greatest);
  const { dims } = tensor;
  const weightNodes = putWeights(editor, node, { integers, scales, dims, layout, axis, form: weightForm });
  const shift = meanShift(node, { dims, weights, integers, scales, layout }, input.means);
  const biasNodes = putBias(editor, node, { bias, shift, form, steps: biasSteps(input.scale, scales), axis });
  const report: LayerReport = {
    name: node.name,
    opType: node.opType,
    precision: "int8",
    weights: {
      elements: weights.length,
      channels: layout.channels,
      sqnr,
      deadChannels: extents.maxima.filter((max) => max === 0).length,
      widenedChannels: fitted.widened,
    },
  };
  return { nodes: [...weightNodes, ...biasNodes], report };
}
