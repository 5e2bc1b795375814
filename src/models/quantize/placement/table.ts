import { intOf, stringOf } from "../../onnx/attributes.ts";
import { floatsOf } from "../../onnx/tensor.ts";
import type { Node } from "../../onnx/types.ts";
import type { Placement, PlacementFacts, PlacementRow } from "./types.ts";

/**
 * Where Q/DQ goes, operator by operator. What is not here stays in float for every engine: Softmax, LayerNormalization,
 * Gelu, Erf, Exp, Pow, Sqrt, Div, Sub, HardSwish, Tanh, reductions, recurrent networks, control flow, detection.
 *
 * Sources, by the names used below:
 * - "ORT selectors": onnxruntime/core/optimizer/qdq_transformer/selectors_actions/qdq_selector_action_transformer.cc and
 *   qdq_selectors.cc (1.30): which groups of DQ, operator and Q become an integer kernel.
 * - "TRT placement": NVIDIA TensorRT, Explicit Quantization, "Q/DQ Layer-Placement Recommendations".
 * - "TRT processing": the same, "TensorRT Processing of Q/DQ Networks".
 */

const ORT_PASSES: Placement = {
  role: "passes",
  why: "ORT selectors, DropQDQNodesRules: equal scales on both sides",
};
const ORT_MAX: Placement = {
  role: "passes",
  why: "ORT selectors, DropQDQNodesRules for positive scales: the greatest integer is the greatest value",
  when: ({ outputs }) => outputs.length === 1,
};
const ORT_UNARY: Placement = { role: "rescales", why: "ORT selectors, UnaryOpQDQRules: a QLinear kernel" };
const ORT_BINARY: Placement = {
  role: "rescales",
  why: "ORT selectors, BinaryOpQDQRules: QLinearAdd, QLinearMul",
};
const ORT_CLIPS: Placement = {
  role: "fuses",
  why: "ORT selectors, IsClipMadeRedundantByQ: the quantizer after it clips as well",
};
const TRT_WEIGHTED: Placement = {
  role: "weighted",
  why: "TRT placement: quantize all inputs of weighted operations; the weights are floats with Q and DQ, as TensorRT 8 takes no other",
};
const TRT_PASSES: Placement = {
  role: "passes",
  why: "TRT processing: Q and DQ move across operators that commute with them, so none is needed around it",
};
const TRT_POOL: Placement = {
  role: "rescales",
  why: "TRT processing: a quantizable AveragePool fuses with the DQ before and the Q after it",
};
const TRT_FUSES: Placement = {
  role: "fuses",
  why: "TRT placement: do not simulate batch normalization and ReLU fusion, which the builder does by itself",
};

const row = (
  operator: string,
  data: PlacementRow["data"],
  rest: Omit<PlacementRow, "operator" | "data">,
): PlacementRow => ({
  operator,
  data,
  ...rest,
});

const WEIGHTED: PlacementRow[] = [
  row("Conv", [0], {
    channelAxis: () => 0,
    onnxruntime: {
      role: "weighted",
      output: "always",
      why: "ORT selectors, ConvQDQRules: DQ for data, weights and bias (int32), and a Q behind, become QLinearConv",
    },
    tensorrt: TRT_WEIGHTED,
  }),
  row("ConvTranspose", [0], {
    channelAxis: () => 1,
    tensorrt: TRT_WEIGHTED,
  }),
  row("Gemm", [0], {
    channelAxis: (node) => (intOf(node, "transB", 0) === 1 ? 0 : 1),
    onnxruntime: { role: "weighted", why: "ORT selectors, GemmQDQRules: QGemm, with or without a Q behind" },
    tensorrt: TRT_WEIGHTED,
  }),
  row("MatMul", [0], {
    channelAxis: (_, { dims }) => (dims.length === 2 ? 1 : undefined),
    onnxruntime: {
      role: "weighted",
      why: "ORT selectors, MatMulQDQRules: QLinearMatMul with a Q behind, MatMulIntegerToFloat without",
    },
    tensorrt: TRT_WEIGHTED,
  }),
];

const ACTIVATIONS: PlacementRow[] = [
  row("Relu", [0], { onnxruntime: ORT_CLIPS, tensorrt: TRT_FUSES }),
  row("Clip", [0], {
    onnxruntime: { ...ORT_CLIPS, when: hasConstantBounds },
    tensorrt: { ...TRT_FUSES, when: hasConstantBounds },
  }),
  row("LeakyRelu", [0], { onnxruntime: ORT_UNARY }),
  row("Sigmoid", [0], { onnxruntime: ORT_UNARY }),
];

const ARITHMETIC: PlacementRow[] = [
  row("Add", [0, 1], {
    onnxruntime: ORT_BINARY,
    tensorrt: {
      role: "residual",
      why: "TRT placement: quantize the residual input in skip connections; Q/DQ on the other one would part the Add from its Conv",
    },
  }),
  row("Mul", [0, 1], { onnxruntime: ORT_BINARY }),
  row("AveragePool", [0], { onnxruntime: ORT_UNARY, tensorrt: TRT_POOL }),
  row("GlobalAveragePool", [0], { onnxruntime: ORT_UNARY, tensorrt: TRT_POOL }),
  row("Concat", "all", {
    onnxruntime: { role: "joins", why: "ORT selectors, VariadicOpQDQRules: QLinearConcat" },
    tensorrt: {
      role: "joins",
      why: "TRT processing: a Q behind moves to each input; equal scales make it a copy",
    },
  }),
];

const MOVERS: PlacementRow[] = [
  row("MaxPool", [0], { onnxruntime: ORT_MAX, tensorrt: { ...TRT_PASSES, when: ORT_MAX.when! } }),
  row("ReduceMax", [0], { onnxruntime: ORT_MAX, tensorrt: TRT_PASSES }),
  row("ReduceMin", [0], { onnxruntime: ORT_MAX, tensorrt: TRT_PASSES }),
  row("Pad", [0], {
    onnxruntime: {
      role: "passes",
      when: padsZeros,
      why: "ONNX: zeros are exact at every scale. ORT has no rule that drops its Q/DQ, but what follows stays an integer kernel",
    },
    tensorrt: { ...TRT_PASSES, when: padsZeros },
  }),
  row("Resize", [0], {
    onnxruntime: { ...ORT_PASSES, when: takesNearest },
    tensorrt: { ...TRT_PASSES, when: takesNearest },
  }),
  row("DepthToSpace", [0], { tensorrt: TRT_PASSES }),
  row("SpaceToDepth", [0], { tensorrt: TRT_PASSES }),
  row("Split", [0], {
    onnxruntime: { role: "passes", why: "ORT selectors, SplitQDQRules: equal scales on all sides" },
    tensorrt: TRT_PASSES,
  }),
  ...[
    "Expand",
    "Flatten",
    "Gather",
    "GatherElements",
    "Reshape",
    "Slice",
    "Squeeze",
    "Tile",
    "Transpose",
    "Unsqueeze",
  ].map((operator) => row(operator, [0], { onnxruntime: ORT_PASSES, tensorrt: TRT_PASSES })),
];

export const PLACEMENTS: ReadonlyMap<string, PlacementRow> = new Map(
  [...WEIGHTED, ...ACTIVATIONS, ...ARITHMETIC, ...MOVERS].map((each) => [each.operator, each]),
);

function hasConstantBounds(node: Node, { constant }: PlacementFacts): boolean {
  return node.inputs.slice(1).every((bound) => bound === "" || constant(bound) !== undefined);
}

function padsZeros(node: Node, { constant }: PlacementFacts): boolean {
  if (stringOf(node, "mode", "constant") !== "constant") return false;
  if (!node.inputs[2]) return true;
  const value = constant(node.inputs[2]);
  return value?.type === "float" && floatsOf(value)[0] === 0;
}

function takesNearest(node: Node): boolean {
  return stringOf(node, "mode", "nearest") === "nearest";
}
