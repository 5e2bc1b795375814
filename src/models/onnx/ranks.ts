import { intOf, intsOf } from "./attributes.ts";
import { integersOf } from "./tensor.ts";
import type { Graph, Node } from "./types.ts";

/** How many dimensions a value has, where the graph says so without being run; undefined where it does not. */
export type Ranks = (value: string) => number | undefined;

export function ranksOf(graph: Graph): Ranks {
  const known = new Map<string, number>();
  for (const { name, dims } of [...graph.inputs, ...graph.outputs, ...graph.values.values()]) {
    if (dims) known.set(name, dims.length);
  }
  for (const { name, dims } of graph.initializers.values()) known.set(name, dims.length);
  const facts: Facts = {
    rank: (value) => known.get(value),
    constant: (value) => {
      const tensor = value === undefined ? undefined : graph.initializers.get(value);
      return tensor && integersOf(tensor);
    },
    constantLength: (value) => (value === undefined ? undefined : graph.initializers.get(value)?.dims[0]),
  };
  for (const node of graph.nodes) {
    const rank = node.domain === "" ? outputRank(node, facts) : undefined;
    if (rank === undefined) continue;
    for (const output of node.outputs) if (output !== "" && !known.has(output)) known.set(output, rank);
  }
  return (value) => known.get(value);
}

interface Facts {
  rank: Ranks;
  constant(value: string | undefined): number[] | undefined;
  constantLength(value: string | undefined): number | undefined;
}

/** Operators whose first output has as many dimensions as their first input. */
const SAME_RANK = new Set(
  `Abs AveragePool BatchNormalization Cast Ceil Clip Concat Conv ConvTranspose CumSum DepthToSpace DequantizeLinear
  Dropout Elu Erf Exp Floor Gelu GlobalAveragePool GlobalMaxPool GroupNormalization HardSigmoid HardSwish Hardmax
  Identity InstanceNormalization LRN LayerNormalization LeakyRelu Log LogSoftmax MaxPool Mish Neg Not PRelu Pad
  QuantizeLinear RMSNormalization Reciprocal Relu Resize Round Selu Sigmoid Sign Slice Softmax Softplus Softsign
  SpaceToDepth Split Sqrt Swish Tanh ThresholdedRelu Tile TopK Transpose Trilu Upsample`.split(/\s+/),
);

/** Operators whose inputs are broadcast against each other (ONNX, Broadcasting.md). */
const BROADCAST = new Set(
  "Add And Div Equal Expand Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Mul Or Pow Sub Sum Where Xor".split(
    " ",
  ),
);

function outputRank(node: Node, facts: Facts): number | undefined {
  const { opType, inputs } = node;
  if (SAME_RANK.has(opType)) return facts.rank(inputs[0]!);
  if (BROADCAST.has(opType)) return highest(inputs, facts);
  if (opType.startsWith("Reduce")) return reducedRank(node, facts);
  switch (opType) {
    case "Gemm":
    case "Flatten":
      return 2;
    case "Shape":
      return 1;
    case "MatMul":
      return inputs.every((input) => (facts.rank(input) ?? 0) >= 2) ? highest(inputs, facts) : undefined;
    case "Reshape":
      return facts.constantLength(inputs[1]);
    case "Gather":
      return sum(facts.rank(inputs[0]!), facts.rank(inputs[1]!), -1);
    case "Squeeze":
      return sum(facts.rank(inputs[0]!), negative(axesOf(node, facts)?.length));
    case "Unsqueeze":
      return sum(facts.rank(inputs[0]!), axesOf(node, facts)?.length);
    default:
      return undefined;
  }
}

function reducedRank(node: Node, facts: Facts): number | undefined {
  const rank = facts.rank(node.inputs[0]!);
  if (intOf(node, "keepdims", 1) === 1) return rank;
  const axes = axesOf(node, facts);
  if (axes) return sum(rank, -axes.length);
  return node.inputs[1] ? undefined : 0;
}

/** An attribute before opset 13 (18 for most reductions), an input since. */
const axesOf = (node: Node, facts: Facts): number[] | undefined =>
  intsOf(node, "axes") ?? facts.constant(node.inputs[1]);

function highest(inputs: readonly string[], facts: Facts): number | undefined {
  const ranks = inputs.filter((input) => input !== "").map(facts.rank);
  return ranks.every((rank) => rank !== undefined) ? Math.max(...ranks) : undefined;
}

const negative = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : -value;

const sum = (...terms: (number | undefined)[]): number | undefined =>
  terms.reduce((total, term) => (total === undefined || term === undefined ? undefined : total + term), 0);
