import { beforeAll, describe, expect, test } from "bun:test";
import { floats, integers, type ModelSketch, modelOf, node, weight } from "../../onnx/model-of.fixture.ts";
import type { Node, OnnxModel } from "../../onnx/types.ts";
import type { Ort } from "../../ort/types.ts";
import { CPU_PROFILE, TENSORRT_PROFILE } from "../profiles.ts";
import { quantize } from "../quantize.ts";
import { rangesOver } from "../ranges.fixture.ts";
import { feed, kernels, openTestOrt, run, sqnr } from "../runs.fixture.ts";
import type { Engine, Ranges } from "../types.ts";
import { PLACEMENTS } from "./table.ts";

let ort: Ort;
beforeAll(async () => {
  ort = await openTestOrt();
});

/** A graph around one operator, and what the table makes of it. */
interface Case {
  operator: string;
  about?: string;
  x: number[];
  nodes: Node[];
  weights?: ModelSketch["weights"];
  /** Values that get Q/DQ, in order. */
  onnxruntime: string[];
  tensorrt: string[];
  /** Kernels of ONNX Runtime that must be among those of the optimized graph. */
  kernels: Record<string, number>;
}

/** Two convolutions with the operator between them, as it stands in most networks. */
const between = (
  operator: string,
  attributes: Parameters<typeof node>[3],
  more: { inputs?: string[]; weights?: ModelSketch["weights"]; channels?: number; x?: number[] } = {},
): Pick<Case, "x" | "nodes" | "weights"> => ({
  x: more.x ?? [1, 8, 8, 8],
  nodes: [
    node("Conv", ["x", "w1", "b1"], ["c"], { pads: [1, 1, 1, 1] }),
    node(operator, ["c", ...(more.inputs ?? [])], ["m"], attributes),
    node("Conv", ["m", "w2", "b2"], ["y"]),
  ],
  weights: [
    weight("w1", [8, 8, 3, 3], 1),
    weight("b1", [8], 2),
    weight("w2", [4, more.channels ?? 8, 1, 1], 3),
    weight("b2", [4], 4),
    ...(more.weights ?? []),
  ],
});

const moves = { onnxruntime: ["x", "c", "m", "y"], tensorrt: ["x", "m"] };
const own = { onnxruntime: ["x", "c", "m", "y"], tensorrt: ["x", "c", "m"] };
const convs = { QLinearConv: 2 };

const CASES: Case[] = [
  {
    operator: "Relu",
    ...between("Relu", {}),
    onnxruntime: ["x", "m", "y"],
    tensorrt: ["x", "m"],
    kernels: convs,
  },
  {
    operator: "Clip",
    ...between(
      "Clip",
      {},
      { inputs: ["low", "high"], weights: [floats("low", [], [0]), floats("high", [], [6])] },
    ),
    onnxruntime: ["x", "m", "y"],
    tensorrt: ["x", "m"],
    kernels: convs,
  },
  {
    operator: "LeakyRelu",
    ...between("LeakyRelu", {}),
    ...own,
    tensorrt: ["x", "m"],
    kernels: { ...convs, QLinearLeakyRelu: 1 },
  },
  {
    operator: "Sigmoid",
    ...between("Sigmoid", {}),
    ...own,
    tensorrt: ["x", "m"],
    kernels: { ...convs, QLinearSigmoid: 1 },
  },
  {
    operator: "AveragePool",
    ...between("AveragePool", { kernel_shape: [2, 2] }),
    ...own,
    kernels: { ...convs, QLinearAveragePool: 1 },
  },
  {
    operator: "GlobalAveragePool",
    ...between("GlobalAveragePool", {}),
    ...own,
    kernels: { ...convs, QLinearGlobalAveragePool: 1 },
  },
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
  {
    operator: "Add",
    about: "of a block with a shortcut",
    x: [1, 8, 6, 6],
    nodes: [
      node("Conv", ["x", "w1"], ["a"], { pads: [1, 1, 1, 1] }),
      node("Relu", ["a"], ["r"]),
      node("Conv", ["r", "w2"], ["b"], { pads: [1, 1, 1, 1] }),
      node("Add", ["b", "r"], ["s"]),
      node("Relu", ["s"], ["m"]),
      node("Conv", ["m", "w1"], ["y"]),
    ],
    weights: [weight("w1", [8, 8, 3, 3], 1), weight("w2", [8, 8, 3, 3], 2)],
    onnxruntime: ["x", "r", "b", "m", "y"],
    tensorrt: ["x", "r", "m"],
    kernels: { QLinearConv: 3, QLinearAdd: 1 },
  },
  {
    operator: "Add",
    about: "of two convolutions: the later one fuses",
    x: [1, 8, 6, 6],
    nodes: [
      node("Conv", ["x", "w1"], ["a"], { pads: [1, 1, 1, 1] }),
      node("Conv", ["x", "w2"], ["b"]),
      node("Add", ["a", "b"], ["m"]),
      node("Conv", ["m", "w2"], ["y"]),
    ],
    weights: [weight("w1", [8, 8, 3, 3], 1), weight("w2", [8, 8, 1, 1], 2)],
    onnxruntime: ["x", "a", "b", "m", "y"],
    tensorrt: ["x", "a", "m"],
    kernels: { QLinearConv: 3, QLinearAdd: 1 },
  },
  {
    operator: "Add",
    about: "of a constant that is no bias",
    ...between("Add", {}, { inputs: ["o"], weights: [weight("o", [8, 8], 5)] }),
    ...own,
    tensorrt: ["x", "m"],
    kernels: { ...convs, QLinearAdd: 1 },
  },
  {
    operator: "Mul",
    about: "in SiLU",
    x: [1, 8, 6, 6],
    nodes: [
      node("Conv", ["x", "w1"], ["c"]),
      node("Sigmoid", ["c"], ["s"]),
      node("Mul", ["c", "s"], ["m"]),
      node("Conv", ["m", "w1"], ["y"]),
    ],
    weights: [weight("w1", [8, 8, 3, 3], 1)],
    onnxruntime: ["x", "c", "s", "m", "y"],
    tensorrt: ["x", "m"],
    kernels: { ...convs, QLinearSigmoid: 1, QLinearMul: 1 },
  },
  {
    operator: "Concat",
    x: [1, 8, 6, 6],
    nodes: [
      node("Conv", ["x", "w1"], ["a"]),
      node("Conv", ["x", "w2"], ["b"]),
      node("Concat", ["a", "b"], ["m"], { axis: 1 }),
      node("Conv", ["m", "w3"], ["y"]),
    ],
    weights: [weight("w1", [4, 8, 1, 1], 1), weight("w2", [4, 8, 1, 1], 2), weight("w3", [4, 8, 1, 1], 3)],
    onnxruntime: ["x", "a", "b", "m", "y"],
    tensorrt: ["x", "m"],
    kernels: { QLinearConv: 3, QLinearConcat: 1 },
  },
  {
    operator: "Conv",
    about: "by itself: depthwise, with a bias",
    x: [1, 8, 6, 6],
    nodes: [node("Conv", ["x", "w", "b"], ["y"], { group: 8 })],
    weights: [weight("w", [8, 1, 3, 3], 1), weight("b", [8], 2)],
    onnxruntime: ["x", "y"],
    tensorrt: ["x"],
    kernels: { QLinearConv: 1 },
  },
  {
    operator: "ConvTranspose",
    x: [1, 8, 4, 4],
    nodes: [
      node("Conv", ["x", "w1"], ["c"]),
      node("ConvTranspose", ["c", "t", "b"], ["m"], { strides: [2, 2] }),
      node("Conv", ["m", "w2"], ["y"]),
    ],
    weights: [
      weight("w1", [8, 8, 1, 1], 1),
      weight("t", [8, 6, 2, 2], 2),
      weight("b", [6], 3),
      weight("w2", [4, 6, 1, 1], 4),
    ],
    onnxruntime: ["x", "c", "m", "y"],
    tensorrt: ["x", "c", "m"],
    kernels: { ...convs, ConvTranspose: 1 },
  },
  {
    operator: "Gemm",
    x: [3, 16],
    nodes: [
      node("Gemm", ["x", "g", "b"], ["a"]),
      node("Relu", ["a"], ["r"]),
      node("Gemm", ["r", "h", "d"], ["y"], { transB: 1 }),
    ],
    weights: [weight("g", [16, 12], 1), weight("b", [12], 2), weight("h", [5, 12], 3), weight("d", [5], 4)],
    onnxruntime: ["x", "r"],
    tensorrt: ["x", "r"],
    kernels: { QGemm: 2 },
  },
  {
    operator: "MatMul",
    x: [2, 5, 16],
    nodes: [
      node("MatMul", ["x", "g"], ["a"]),
      node("Add", ["a", "b"], ["s"]),
      node("Relu", ["s"], ["r"]),
      node("MatMul", ["r", "h"], ["y"]),
    ],
    weights: [weight("g", [16, 12], 1), weight("b", [12], 2), weight("h", [12, 5], 3)],
    onnxruntime: ["x", "r"],
    tensorrt: ["x", "r"],
    kernels: { MatMulIntegerToFloat: 2 },
  },
];

/** Whatever stands between two convolutions and is not in the table. */
const FLOAT: Parameters<typeof between>[] = [
  ["Tanh", {}],
  ["Elu", {}],
  ["HardSwish", {}],
  ["HardSigmoid", {}],
  ["Softmax", { axis: 1 }],
  ["InstanceNormalization", {}, { inputs: ["s", "o"], weights: [weight("s", [8], 5), weight("o", [8], 6)] }],
  ["Exp", {}],
  ["Erf", {}],
  ["ReduceMean", { axes: [1] }, { channels: 1 }],
  ["Resize", { mode: "linear" }, { inputs: ["", "scales"], weights: [floats("scales", [4], [1, 1, 2, 2])] }],
  ["Pad", { mode: "reflect" }, { inputs: ["pads"], weights: [integers("pads", [0, 0, 1, 1, 0, 0, 1, 1])] }],
];

const modelOfCase = ({ x, nodes, weights = [] }: Pick<Case, "x" | "nodes" | "weights">): OnnxModel => {
  const taken = new Set(nodes.flatMap(({ inputs }) => inputs));
  const outputs = nodes.flatMap((each) => each.outputs).filter((name) => !taken.has(name));
  const model = modelOf({
    opset: 17,
    inputs: { x },
    outputs: Object.fromEntries(outputs.map((name) => [name, []])),
    nodes,
    weights,
  });
  for (const output of model.graph.outputs) output.dims = undefined;
  return model;
};

const profiles = { onnxruntime: CPU_PROFILE, tensorrt: TENSORRT_PROFILE };

async function measured(sketch: Pick<Case, "x" | "nodes" | "weights">) {
  const model = modelOfCase(sketch);
  const feeds = { x: feed(sketch.x, 7) };
  const ranges: Ranges = await rangesOver(ort, model, [feeds, { x: feed(sketch.x, 8) }]);
  return { model, feeds, ranges };
}

test("every row of the table is tried, and says where it comes from", () => {
  expect(
    [...PLACEMENTS.keys()].filter((operator) => !CASES.some((each) => each.operator === operator)),
  ).toEqual([]);
  for (const { operator, onnxruntime, tensorrt } of PLACEMENTS.values()) {
    for (const placement of [onnxruntime, tensorrt]) {
      if (placement)
        expect([operator, placement.why]).toEqual([operator, expect.stringMatching(/^(ORT|TRT|ONNX)/)]);
    }
    expect(onnxruntime ?? tensorrt).toBeDefined();
  }
});

describe.each(["onnxruntime", "tensorrt"] as const)("for %s", (engine: Engine) => {
  test.each(CASES.map((each) => [[each.operator, each.about ?? ""].join(" "), each] as const))(
    "%s",
    async (_, each) => {
      const { model, feeds, ranges } = await measured(each);
      const { model: quantized, scales, layers } = quantize(model, ranges, profiles[engine]);
      expect([...scales.keys()]).toEqual(each[engine]);
      expect(sqnr(await run(ort, model, feeds), await run(ort, quantized, feeds))).toBeGreaterThan(25);
      const left = layers.filter(({ precision }) => precision === "float").map(({ opType }) => opType);
      expect(left).toEqual(
        engine === "onnxruntime" && each.operator === "ConvTranspose" ? ["ConvTranspose"] : [],
      );
      if (engine === "onnxruntime") expect(await kernels(ort, quantized)).toMatchObject(each.kernels);
    },
  );

  test.each(FLOAT.map((each) => [each[0], each] as const))("%s stays in float", async (operator, sketch) => {
    const { model, feeds, ranges } = await measured(between(...sketch));
    const { model: quantized, scales } = quantize(model, ranges, profiles[engine]);
    expect([...scales.keys()]).toEqual(engine === "onnxruntime" ? ["x", "c", "m", "y"] : ["x", "m"]);
    const inputsOf = ({ graph }: OnnxModel) =>
      graph.nodes.find(({ opType }) => opType === operator)!.inputs.slice(1);
    expect(inputsOf(quantized)).toEqual(inputsOf(model));
    expect(sqnr(await run(ort, model, feeds), await run(ort, quantized, feeds))).toBeGreaterThan(15);
  });
});
