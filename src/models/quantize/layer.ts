import { floatsOf, tensorOf } from "../onnx/tensor.ts";
import type { Node } from "../onnx/types.ts";
import { type Bench, dequantized } from "./bench.ts";
import { biasSteps, fitScalesToBias, integerBias } from "./bias.ts";
import { PLACEMENTS } from "./placement/table.ts";
import type { LayerReport, QuantizationProfile } from "./types.ts";
import { channelExtents, channelLayout, integerWeights, refuseNotFinite, weightScales } from "./weights.ts";

export interface QuantizedLayer {
  /** The DQ nodes, to be put before the layer. */
  nodes: Node[];
  report: LayerReport;
}

/** Gives a layer integers in place of its weights, and of its bias where the profile says so. */
export function quantizeLayer(
  bench: Bench,
  node: Node,
  inputScale: number,
  { perChannel, reduceRange, bias: biasForm }: QuantizationProfile,
): QuantizedLayer {
  const [, weightName, biasName] = node.inputs;
  const tensor = bench.graph.initializers.get(weightName!)!;
  const weights = floatsOf(tensor);
  const axis = perChannel ? PLACEMENTS.get(node.opType)?.channelAxis?.(node, tensor) : undefined;
  const layout = channelLayout(tensor.dims, axis);
  const greatest = reduceRange ? 63 : 127;
  const extents = channelExtents(weightName!, weights, layout);
  const bias = biasOf(bench, biasName, biasForm);
  const fitted = fitScalesToBias(weightScales(extents, greatest), extents.maxima, bias, inputScale);
  const { integers, scales, sqnr } = integerWeights(weights, fitted.scales, layout, greatest);
  const weightNode = dequantized(bench, node, 1, weightName!, {
    tensor: (name) => tensorOf(name, "int8", tensor.dims, integers),
    scales,
    axis,
    zeroPoint: (name) =>
      tensorOf(name, "int8", axis === undefined ? [] : [scales.length], new Int8Array(scales.length)),
  });
  const steps = biasSteps(inputScale, scales);
  const nodes = bias ? [weightNode, biasNode(bench, node, bias, steps, axis)] : [weightNode];
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
  return { nodes, report };
}

/** The bias that has to be in integers; undefined where there is none, or where it stays in float. */
function biasOf(
  { graph }: Bench,
  name: string | undefined,
  form: QuantizationProfile["bias"],
): Float32Array | undefined {
  const tensor = graph.initializers.get(name ?? "");
  if (tensor?.type !== "float") return undefined;
  const bias = floatsOf(tensor);
  refuseNotFinite(tensor.name, bias);
  return form === "int32" ? bias : undefined;
}

const biasNode = (
  bench: Bench,
  node: Node,
  bias: Float32Array,
  steps: Float32Array,
  axis: number | undefined,
): Node =>
  dequantized(bench, node, 2, node.inputs[2]!, {
    tensor: (name) => tensorOf(name, "int32", [bias.length], integerBias(bias, steps)),
    scales: steps,
    axis: axis === undefined ? undefined : 0,
  });
