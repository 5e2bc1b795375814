import { floats, integers, node, weight } from "../../onnx/model-of.fixture.ts";
import { between, type Case, convs, moves } from "./case.fixture.ts";

/** Operators that move or pick elements. */
export const MOVER_CASES: Case[] = [
  {
    operator: "MaxPool",
    ...between("MaxPool", { kernel_shape: [2, 2], strides: [2, 2] }),
    ...moves,
    kernels: convs,
  },
  {
    operator: "ReduceMax",
    ...between("ReduceMax", { axes: [2, 3] }),
    ...moves,
    kernels: { ...convs, ReduceMax: 1 },
  },
  {
    operator: "ReduceMin",
    ...between("ReduceMin", { axes: [2, 3] }),
    ...moves,
    kernels: { ...convs, ReduceMin: 1 },
  },
  {
    operator: "Pad",
    ...between("Pad", {}, { inputs: ["pads"], weights: [integers("pads", [0, 0, 1, 1, 0, 0, 1, 1])] }),
    ...moves,
    kernels: convs,
  },
  {
    operator: "Pad",
    about: "with ones",
    ...between(
      "Pad",
      {},
      {
        inputs: ["pads", "one"],
        weights: [integers("pads", [0, 0, 1, 1, 0, 0, 1, 1]), floats("one", [], [1])],
      },
    ),
    onnxruntime: ["x", "c", "m", "y"],
    tensorrt: ["x", "m"],
    kernels: convs,
  },
  {
    operator: "Resize",
    ...between(
      "Resize",
      { mode: "nearest" },
      { inputs: ["", "scales"], weights: [floats("scales", [4], [1, 1, 2, 2])] },
    ),
    ...moves,
    kernels: convs,
  },
  {
    operator: "DepthToSpace",
    ...between("DepthToSpace", { blocksize: 2 }, { channels: 2 }),
    ...moves,
    kernels: convs,
  },
  {
    operator: "SpaceToDepth",
    ...between("SpaceToDepth", { blocksize: 2 }, { channels: 32 }),
    ...moves,
    kernels: convs,
  },
  { operator: "Transpose", ...between("Transpose", { perm: [0, 1, 3, 2] }), ...moves, kernels: convs },
  {
    operator: "Reshape",
    ...between("Reshape", {}, { inputs: ["shape"], weights: [integers("shape", [1, 8, 4, 16])] }),
    ...moves,
    kernels: convs,
  },
  {
    operator: "Expand",
    ...between("Expand", {}, { inputs: ["shape"], weights: [integers("shape", [3, 8, 8, 8])] }),
    ...moves,
    kernels: convs,
  },
  {
    operator: "Tile",
    ...between("Tile", {}, { inputs: ["times"], weights: [integers("times", [1, 1, 2, 1])] }),
    ...moves,
    kernels: convs,
  },
  {
    operator: "Slice",
    ...between(
      "Slice",
      {},
      {
        inputs: ["starts", "ends", "axes", "steps"],
        weights: [
          integers("starts", [0]),
          integers("ends", [8]),
          integers("axes", [2]),
          integers("steps", [2]),
        ],
      },
    ),
    ...moves,
    kernels: convs,
  },
  {
    operator: "Gather",
    ...between("Gather", { axis: 2 }, { inputs: ["places"], weights: [integers("places", [3, 1])] }),
    ...moves,
    kernels: convs,
  },
  {
    operator: "GatherElements",
    ...between(
      "GatherElements",
      { axis: 3 },
      {
        inputs: ["places"],
        weights: [
          integers(
            "places",
            Array.from({ length: 64 }, (_, at) => at % 8),
            [1, 8, 8, 1],
          ),
        ],
      },
    ),
    ...moves,
    kernels: convs,
  },
  {
    operator: "Unsqueeze",
    x: [1, 8, 8, 8],
    nodes: [
      node("Conv", ["x", "w1"], ["c"]),
      node("Unsqueeze", ["c", "axes"], ["u"]),
      node("Squeeze", ["u", "axes"], ["m"]),
      node("Conv", ["m", "w1"], ["y"]),
    ],
    weights: [weight("w1", [8, 8, 3, 3], 1), integers("axes", [1])],
    onnxruntime: ["x", "c", "u", "m", "y"],
    tensorrt: ["x", "m"],
    kernels: convs,
  },
  {
    operator: "Squeeze",
    x: [1, 8, 3, 3],
    nodes: [
      node("Conv", ["x", "w1"], ["c"]),
      node("Squeeze", ["c", "axes"], ["s"]),
      node("Flatten", ["s"], ["m"]),
      node("Gemm", ["m", "g"], ["y"]),
    ],
    weights: [weight("w1", [8, 8, 3, 3], 1), weight("g", [8, 5], 2), integers("axes", [2, 3])],
    onnxruntime: ["x", "c", "s", "m"],
    tensorrt: ["x", "m"],
    kernels: { QLinearConv: 1, QGemm: 1 },
  },
  {
    operator: "Flatten",
    about: "behind the last pooling",
    x: [1, 8, 8, 8],
    nodes: [
      node("Conv", ["x", "w1"], ["c"]),
      node("Relu", ["c"], ["r"]),
      node("GlobalAveragePool", ["r"], ["p"]),
      node("Flatten", ["p"], ["f"]),
      node("Gemm", ["f", "g", "h"], ["y"], { transB: 1 }),
    ],
    weights: [weight("w1", [8, 8, 3, 3], 1), weight("g", [10, 8], 2), weight("h", [10], 3)],
    onnxruntime: ["x", "r", "p", "f"],
    tensorrt: ["x", "r", "f"],
    kernels: { QLinearConv: 1, QLinearGlobalAveragePool: 1, QGemm: 1 },
  },
  {
    operator: "Split",
    x: [1, 8, 6, 6],
    nodes: [
      node("Conv", ["x", "w1"], ["c"]),
      node("Split", ["c"], ["s", "t"], { axis: 1 }),
      node("Conv", ["s", "w2"], ["y"]),
      node("Neg", ["t"], ["z"]),
    ],
    weights: [weight("w1", [8, 8, 3, 3], 1), weight("w2", [8, 4, 1, 1], 2)],
    onnxruntime: ["x", "c", "s", "t", "y"],
    tensorrt: ["x", "s"],
    kernels: { ...convs, Split: 1 },
  },
];
