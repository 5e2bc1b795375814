import { computedTensor, tensorOf } from "../onnx/tensor.ts";
import type { Node } from "../onnx/types.ts";
import { dequantized, type GraphEditor, linearNode } from "./graph-editor.ts";
import type { QuantizationProfile } from "./types.ts";
import type { ChannelLayout, IntegerWeights } from "./weights.ts";

export interface WeightPlan extends Pick<IntegerWeights, "integers" | "scales"> {
  dims: readonly number[];
  /** How the scales lie in them. */
  layout: ChannelLayout;
  /** Undefined: a scale for all. */
  axis: number | undefined;
  form: QuantizationProfile["weights"];
}

/** Gives the layer its weights in their form; the nodes that make floats of them, to be put before it. */
export function putWeights(editor: GraphEditor, node: Node, plan: WeightPlan): Node[] {
  return plan.form === "int8" ? putIntegers(editor, node, plan) : putRounded(editor, node, plan);
}

const zeros =
  ({ axis, scales: { length } }: WeightPlan) =>
  (name: string) =>
    tensorOf(name, "int8", axis === undefined ? [] : [length], new Int8Array(length));

function putIntegers(editor: GraphEditor, node: Node, plan: WeightPlan): Node[] {
  const { integers, scales, dims, axis } = plan;
  const tensor = (name: string) => tensorOf(name, "int8", dims, integers);
  return [dequantized(editor, node, 1, node.inputs[1]!, { tensor, scales, axis, zeroPoint: zeros(plan) })];
}

/** The floats that the integers stand for: so Q gives these integers again, in float16 as well. */
function putRounded(editor: GraphEditor, node: Node, plan: WeightPlan): Node[] {
  const { scales, dims, axis } = plan;
  const wish = node.inputs[1]!;
  const rounded = editor.constant(`${wish}_rounded`, (name) =>
    computedTensor(name, "float", dims, () => floatsOfIntegers(plan)),
  );
  const parameters = [
    editor.constant(`${wish}_scale`, (name) =>
      tensorOf(name, "float", axis === undefined ? [] : [scales.length], scales),
    ),
    editor.constant(`${wish}_zero_point`, zeros(plan)),
  ];
  const [integers, floats] = [editor.fresh(`${wish}_quantized`), editor.fresh(`${wish}_dequantized`)];
  node.inputs[1] = floats;
  const [quantize, dequantize] = ["QuantizeLinear", "DequantizeLinear"] as const;
  return [
    linearNode(quantize, editor.fresh(`${wish}_${quantize}`), [rounded, ...parameters], integers, axis),
    linearNode(dequantize, editor.fresh(`${wish}_${dequantize}`), [integers, ...parameters], floats, axis),
  ];
}

function floatsOfIntegers({ integers, scales, layout: { channels, run } }: WeightPlan): Float32Array {
  const floats = new Float32Array(integers.length);
  for (let start = 0, channel = 0; start < integers.length; start += run) {
    const scale = scales[channel]!;
    for (let at = start; at < start + run; at++) floats[at] = integers[at]! * scale;
    if (++channel === channels) channel = 0;
  }
  return floats;
}
