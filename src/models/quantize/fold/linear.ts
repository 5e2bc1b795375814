import { floatOf, intOf } from "../../onnx/attributes.ts";
import { computedTensor, floatsOf, tensorOf } from "../../onnx/tensor.ts";
import type { Node, Tensor } from "../../onnx/types.ts";
import type { FoldContext } from "./pass.ts";

/** How the weights of a linear operator lie: which channel of its output each of them adds to. */
export interface LinearLayout {
  /** Channels of the output, which the bias has a value each for. */
  channels: number;
  /** Elements that lie together and add to one channel. */
  run: number;
  /** The channel of a run, counted from the beginning of the weights. */
  channelOf(run: number): number;
}

/** Of a Conv, ConvTranspose or Gemm with constant weights in float32; undefined for any other node. */
export function linearLayout(node: Node, weights: Tensor): LinearLayout | undefined {
  if (node.domain !== "" || weights.type !== "float") return undefined;
  const { dims } = weights;
  switch (node.opType) {
    case "Conv":
      return dims.length < 3 ? undefined : alongAxis(dims, 0);
    case "ConvTranspose":
      return dims.length < 3 ? undefined : transposedLayout(dims, intOf(node, "group", 1));
    case "Gemm":
      return isPlainGemm(node) && dims.length === 2
        ? alongAxis(dims, intOf(node, "transB", 0) === 1 ? 0 : 1)
        : undefined;
    default:
      return undefined;
  }
}

const isPlainGemm = (node: Node): boolean =>
  floatOf(node, "alpha", 1) === 1 && floatOf(node, "beta", 1) === 1;

function alongAxis(dims: readonly number[], axis: number): LinearLayout {
  const channels = dims[axis]!;
  return { channels, run: lengthOf(dims.slice(axis + 1)), channelOf: (run) => run % channels };
}

/** ConvTranspose's weights are [in, out / groups, …], and each group of inputs makes its own part of the outputs. */
function transposedLayout(dims: readonly number[], groups: number): LinearLayout {
  const [inputs, perGroup] = [dims[0]!, dims[1]!];
  return {
    channels: perGroup * groups,
    run: lengthOf(dims.slice(2)),
    channelOf(run) {
      const group = Math.floor(Math.floor(run / perGroup) / (inputs / groups));
      return group * perGroup + (run % perGroup);
    },
  };
}

const lengthOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** y·factor + offset for each channel of the output, worked into weights and bias. */
export interface ChannelMap {
  factor: Float64Array | undefined;
  offset: Float64Array | undefined;
}

/** Works the map into the operator; false where its bias is not at hand as a constant. */
export function workIn(context: FoldContext, node: Node, { factor, offset }: ChannelMap): boolean {
  const weights = context.constant(node.inputs[1])!;
  const layout = linearLayout(node, weights)!;
  const before = node.inputs[2] ? listOf(context, node.inputs[2], layout) : new Float32Array(layout.channels);
  if (!before) return false;
  if (factor) {
    context.replaceConstant(node, 1, `${node.inputs[1]}_folded`, (name) =>
      scaled(name, weights, layout, factor),
    );
  }
  if (!offset && !node.inputs[2]) return true;
  const bias = Float32Array.from(before, (value, c) => value * (factor?.[c] ?? 1) + (offset?.[c] ?? 0));
  context.replaceConstant(node, 2, `${node.name}_bias`, (name) =>
    tensorOf(name, "float", [bias.length], bias),
  );
  return true;
}

/** The bias, where it has a value for each channel: that of a Gemm may have any that it broadcasts (ONNX, Gemm-13). */
const listOf = (context: FoldContext, name: string, { channels }: LinearLayout): Float32Array | undefined => {
  const values = context.floats(name);
  return values?.length === channels && context.constant(name)?.dims.at(-1) === channels ? values : undefined;
};

const scaled = (name: string, weights: Tensor, layout: LinearLayout, factor: Float64Array): Tensor =>
  computedTensor(name, "float", weights.dims, () => {
    const values = Float32Array.from(floatsOf(weights));
    const { run, channelOf } = layout;
    for (let start = 0, at = 0; start < values.length; start += run, at++) {
      const gain = factor[channelOf(at)]!;
      for (let place = start; place < start + run; place++) values[place]! *= gain;
    }
    return values;
  });
