import { intOf } from "../onnx/attributes.ts";
import { indexGraph } from "../onnx/graph-index.ts";
import { floatsOf, integersOf, tensorOf } from "../onnx/tensor.ts";
import type { Graph, Node, Tensor } from "../onnx/types.ts";
import { graphEditor, linearNode } from "./graph-editor.ts";

/**
 * Keeps ONNX Runtime from quantizing a layer by itself that was left in float: between a DQ with one scale and a Q it gives
 * weights of floats one scale for them all, and makes an integer kernel of the layer (WeightBiasQuantization,
 * onnxruntime/core/optimizer/qdq_transformer/weight_bias_quantization.cc, 1.30). A DQ of its own that says the same scale for
 * each channel is none that it takes. A layer on a single channel cannot be kept so: to ONNX Runtime a list of one is one.
 */
export function shieldFloatLayers(graph: Graph, layers: readonly Node[]): void {
  const index = indexGraph(graph);
  const editor = graphEditor(graph);
  for (const node of layers) {
    const [input, weightName] = node.inputs;
    const weights = graph.initializers.get(weightName!);
    const dequantize = index.producer(input!);
    if (weights?.type !== "float" || dequantize?.opType !== "DequantizeLinear") continue;
    const channels = channelsOf(node, weights);
    if (channels === undefined || !leadsToQuantize(node)) continue;
    const [integers, scale, zeroPoint] = dequantize.inputs;
    const spread = (name: string): string => {
      const tensor = graph.initializers.get(name)!;
      return editor.constant(`${name}_channels`, (wish) => repeated(tensor, wish, channels.count));
    };
    const floats = editor.fresh(`${input}_channels`);
    const inputs = [integers!, spread(scale!), spread(zeroPoint!)];
    const name = editor.fresh(`${floats}_DequantizeLinear`);
    editor.before(node, linearNode("DequantizeLinear", name, inputs, floats, channels.axis));
    node.inputs[0] = floats;
  }
  editor.finish();

  /** By nothing, or by what dissolves into Q. */
  function leadsToQuantize(from: Node): boolean {
    const [next, ...others] = index.consumers(from.outputs[0]!);
    if (next === undefined || others.length > 0) return false;
    if (next.opType === "QuantizeLinear") return true;
    return (next.opType === "Relu" || next.opType === "Clip") && leadsToQuantize(next);
  }
}

/** Of the layer's input; undefined for operators that ONNX Runtime leaves alone. */
function channelsOf(node: Node, { dims }: Tensor): { count: number; axis: number } | undefined {
  const { opType } = node;
  if (opType === "Conv") return { count: dims[1]! * intOf(node, "group", 1), axis: 1 };
  if (opType === "ConvTranspose") return { count: dims[0]!, axis: 1 };
  if (opType !== "Gemm") return undefined;
  return { count: dims[intOf(node, "transB", 0)]!, axis: 1 - intOf(node, "transA", 0) };
}

/** The one element of a scale or a zero point, `count` times. */
function repeated(tensor: Tensor, name: string, count: number): Tensor {
  if (tensor.type === "float")
    return tensorOf(name, "float", [count], new Float32Array(count).fill(floatsOf(tensor)[0]!));
  const [value = 0] = integersOf(tensor);
  return tensor.type === "int8"
    ? tensorOf(name, "int8", [count], new Int8Array(count).fill(value))
    : tensorOf(name, "uint8", [count], new Uint8Array(count).fill(value));
}
