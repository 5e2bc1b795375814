import { floatAttribute } from "../../onnx/attributes.ts";
import { floats, integers, type ModelSketch, node, weight } from "../../onnx/model-of.fixture.ts";

const norm = (input: string, output: string, at = 0) =>
  node("BatchNormalization", [input, `g${at}`, `b${at}`, `m${at}`, `v${at}`], [output]);
const statistics = (channels: number, at = 0) => [
  weight(`g${at}`, [channels], 11 + at, 2),
  weight(`b${at}`, [channels], 12 + at),
  weight(`m${at}`, [channels], 13 + at),
  {
    ...floats(
      `v${at}`,
      [channels],
      Array.from({ length: channels }, (_, c) => 0.2 + c),
    ),
  },
];

/** A model of x and y, and what folding leaves of it. */
export interface Case extends Pick<ModelSketch, "nodes" | "weights" | "opset"> {
  x: number[];
  /** The operators that are left. */
  left: Record<string, number>;
}

export const CASES: Record<string, Case> = {
  "BatchNormalization into Conv": {
    x: [1, 3, 5, 5],
    nodes: [node("Conv", ["x", "w"], ["c"]), norm("c", "y")],
    weights: [weight("w", [4, 3, 3, 3], 1), ...statistics(4)],
    left: { Conv: 1 },
  },
  "into a depthwise Conv with a bias": {
    x: [1, 4, 5, 5],
    nodes: [node("Conv", ["x", "w", "b"], ["c"], { group: 4 }), norm("c", "y")],
    weights: [weight("w", [4, 1, 3, 3], 1), weight("b", [4], 2), ...statistics(4)],
    left: { Conv: 1 },
  },
  "into a ConvTranspose of two groups": {
    x: [1, 4, 3, 3],
    nodes: [node("ConvTranspose", ["x", "w"], ["c"], { group: 2, strides: [2, 2] }), norm("c", "y")],
    weights: [weight("w", [4, 3, 2, 2], 1), ...statistics(6)],
    left: { ConvTranspose: 1 },
  },
  "into a transposed Gemm": {
    x: [2, 5],
    nodes: [node("Gemm", ["x", "w", "b"], ["c"], { transB: 1 }), norm("c", "y")],
    weights: [weight("w", [3, 5], 1), weight("b", [3], 2), ...statistics(3)],
    left: { Gemm: 1 },
  },
  "into two that share their weights": {
    x: [1, 3, 5, 5],
    nodes: [
      node("Conv", ["x", "w"], ["c"]),
      norm("c", "n"),
      node("Conv", ["x", "w"], ["d"]),
      norm("d", "o", 1),
      node("Add", ["n", "o"], ["y"]),
    ],
    weights: [weight("w", [4, 3, 3, 3], 1), ...statistics(4), ...statistics(4, 1)],
    left: { Conv: 2, Add: 1 },
  },
  "not where someone else takes what Conv gives": {
    x: [1, 3, 5, 5],
    nodes: [node("Conv", ["x", "w"], ["c"]), norm("c", "n"), node("Add", ["c", "n"], ["y"])],
    weights: [weight("w", [4, 3, 3, 3], 1), ...statistics(4)],
    left: { Conv: 1, BatchNormalization: 1, Add: 1 },
  },
  "Add and Mul for each channel into Conv": {
    x: [1, 3, 5, 5],
    nodes: [
      node("Conv", ["x", "w"], ["c"]),
      node("Mul", ["s", "c"], ["m"]),
      node("Add", ["m", "o"], ["a"]),
      node("Sub", ["a", "h"], ["u"]),
      node("Div", ["u", "h"], ["y"]),
    ],
    weights: [
      weight("w", [4, 3, 3, 3], 1),
      weight("s", [4, 1, 1], 2),
      weight("o", [1, 4, 1, 1], 3),
      floats("h", [], [2]),
    ],
    left: { Conv: 1 },
  },
  "not an Add that differs from place to place": {
    x: [1, 3, 4, 4],
    nodes: [node("Conv", ["x", "w"], ["c"], { pads: [1, 1, 1, 1] }), node("Add", ["c", "o"], ["y"])],
    weights: [weight("w", [4, 3, 3, 3], 1), weight("o", [4], 3)],
    left: { Conv: 1, Add: 1 },
  },
  "not c − Conv, nor c ÷ Conv": {
    x: [1, 3, 4, 4],
    nodes: [node("Conv", ["x", "w"], ["c"]), node("Sub", ["h", "c"], ["y"])],
    weights: [weight("w", [4, 3, 3, 3], 1), floats("h", [], [2])],
    left: { Conv: 1, Sub: 1 },
  },
  "MatMul and a row to Gemm": {
    x: [2, 5],
    nodes: [node("MatMul", ["x", "w"], ["m"]), node("Add", ["b", "m"], ["y"])],
    weights: [weight("w", [5, 3], 1), weight("b", [1, 3], 2)],
    left: { Gemm: 1 },
  },
  "not MatMul of three dimensions": {
    x: [2, 4, 5],
    nodes: [node("MatMul", ["x", "w"], ["m"]), node("Add", ["m", "b"], ["y"])],
    weights: [weight("w", [5, 3], 1), weight("b", [3], 2)],
    left: { MatMul: 1, Add: 1 },
  },
  "alpha and beta into the constants of Gemm": {
    x: [2, 5],
    nodes: [
      node("Gemm", ["x", "w", "b"], ["y"], {
        alpha: floatAttribute("alpha", 0.5),
        beta: floatAttribute("beta", 3),
      }),
    ],
    weights: [weight("w", [5, 3], 1), floats("b", [1], [2])],
    left: { Gemm: 1 },
  },
  "Pad with zeros into Conv": {
    x: [1, 3, 5, 5],
    nodes: [
      node("Pad", ["x", "p"], ["q"]),
      node("Conv", ["q", "w"], ["y"], { pads: [1, 0, 0, 1], strides: [2, 2] }),
    ],
    weights: [integers("p", [0, 0, 1, 2, 0, 0, 0, 1]), weight("w", [4, 3, 3, 3], 1)],
    left: { Conv: 1 },
  },
  "not Pad with ones": {
    x: [1, 3, 5, 5],
    nodes: [node("Pad", ["x", "p", "one"], ["q"]), node("Conv", ["q", "w"], ["y"])],
    weights: [integers("p", [0, 0, 1, 1, 0, 0, 1, 1]), floats("one", [], [1]), weight("w", [4, 3, 3, 3], 1)],
    left: { Pad: 1, Conv: 1 },
  },
  "not Pad of channels, nor before SAME": {
    x: [1, 3, 5, 5],
    nodes: [
      node("Pad", ["x", "p"], ["q"]),
      node("Conv", ["q", "w"], ["c"]),
      node("Pad", ["c", "r"], ["s"]),
      node("Conv", ["s", "w"], ["y"], { auto_pad: "SAME_UPPER" }),
    ],
    weights: [
      integers("p", [0, 1, 0, 0, 0, 0, 0, 0]),
      integers("r", [0, 0, 1, 1, 0, 0, 1, 1]),
      weight("w", [4, 4, 3, 3], 1),
    ],
    left: { Pad: 2, Conv: 2 },
  },
  "the mean of an image to GlobalAveragePool": {
    x: [2, 3, 5, 5],
    nodes: [
      node("ReduceMean", ["x"], ["m"], { axes: [-1, 2], keepdims: 0 }),
      node("Gemm", ["m", "w"], ["y"]),
    ],
    weights: [weight("w", [3, 2], 1)],
    left: { GlobalAveragePool: 1, Flatten: 1, Gemm: 1 },
  },
  "not the mean of channels": {
    x: [2, 3, 5, 5],
    nodes: [node("ReduceMean", ["x"], ["y"], { axes: [1, 2] })],
    left: { ReduceMean: 1 },
  },
  "Dropout and Identity": {
    x: [2, 5],
    nodes: [
      node("Identity", ["w"], ["same"]),
      node("Dropout", ["x", "ratio"], ["d"]),
      node("Identity", ["d"], ["e"]),
      node("MatMul", ["e", "same"], ["y"]),
    ],
    weights: [weight("w", [5, 3], 1), floats("ratio", [], [0.5])],
    left: { MatMul: 1 },
  },
  "what is made of constants alone": {
    x: [2, 6],
    nodes: [
      node("Constant", [], ["shape"], { value_ints: [3, -1] }),
      node("Reshape", ["v", "shape"], ["grid"]),
      node("Transpose", ["grid"], ["turned"]),
      node("Mul", ["turned", "gain"], ["scaled"]),
      node("Unsqueeze", ["scaled", "first"], ["three"]),
      node("Squeeze", ["three", "first"], ["two"]),
      node("Sqrt", ["positive"], ["root"]),
      node("Div", ["two", "root"], ["w"]),
      node("MatMul", ["x", "w"], ["y"]),
    ],
    weights: [
      weight("v", [2, 9], 1),
      weight("gain", [6, 1], 2),
      integers("first", [0]),
      floats("positive", [1], [4]),
    ],
    left: { MatMul: 1 },
  },
  "nothing that a caller sees": {
    x: [2, 3],
    nodes: [node("Identity", ["x"], ["y"])],
    left: { Identity: 1 },
  },
};
