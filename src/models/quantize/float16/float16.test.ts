import { beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ifNode } from "../../onnx/if-node.fixture.ts";
import { floats, infoOf, modelOf, node, weight } from "../../onnx/model-of.fixture.ts";
import { readModel } from "../../onnx/read-model.ts";
import type { OnnxModel } from "../../onnx/types.ts";
import { valueTypes } from "../../onnx/value-types.ts";
import type { Ort } from "../../ort/types.ts";
import { resnet20Model } from "../../real-models.fixture.ts";
import { prepare } from "../prepare.ts";
import { TENSORRT_PROFILE } from "../profiles.ts";
import { quantize } from "../quantize.ts";
import { CHANNELS, networks } from "../random-network.fixture.ts";
import { rangesOver } from "../ranges.fixture.ts";
import { cosine, feed, kernels, openTestOrt, operators, run, sqnr } from "../runs.fixture.ts";
import { TOKENS, transformer, WIDTH } from "../transformer.fixture.ts";
import { toFloat16 } from "./index.ts";

let ort: Ort;
beforeAll(async () => {
  ort = await openTestOrt();
});

/** As a strongly typed network wants it: an operator's floats are all of one type, and none is mixed. */
function everyTypeIsSaid({ graph }: OnnxModel): void {
  const typeOf = valueTypes(graph);
  const free = new Set(["Cast", "QuantizeLinear", "DequantizeLinear", "Shape", "If"]);
  for (const each of graph.nodes) {
    if (free.has(each.opType) || each.domain !== "") continue;
    const data = each.opType === "Resize" ? each.inputs.slice(0, 1) : each.inputs;
    const kinds = new Set([...data, ...each.outputs].map(typeOf).filter((type) => type?.startsWith("float")));
    expect([each.name, ...kinds]).toHaveLength(2);
  }
  for (const { name, type } of graph.values.values()) {
    const outputs = new Set(graph.nodes.flatMap((each) => each.outputs));
    if (outputs.has(name)) expect(["float", "float16", "int64"]).toContain(type!);
  }
}

const kept = (
  model: OnnxModel,
  ...more: [Parameters<typeof toFloat16>[1]?, Parameters<typeof toFloat16>[2]?]
) =>
  Object.fromEntries(
    toFloat16(model, ...more).layers.flatMap(({ name, reason }) => (reason ? [[name, reason]] : [])),
  );

test("ResNet-20 becomes half as large, in float16 throughout, its inputs and outputs in float32", async () => {
  const model = prepare(await readModel(resnet20Model));
  const feeds = { input: feed([2, 3, 32, 32], 3, 2) };
  const ranges = await rangesOver(ort, model, [feeds]);
  const { model: half, layers } = toFloat16(model, ranges);
  everyTypeIsSaid(half);
  expect(operators(half)).toEqual({ ...operators(model), Cast: 2 });
  expect(layers.every(({ precision }) => precision === "float16")).toBe(true);
  expect([...half.graph.initializers.values()].some(({ type }) => type === "float")).toBe(false);
  expect([half.graph.inputs[0]!.type, half.graph.outputs[0]!.type]).toEqual(["float", "float"]);
  expect(sqnr(await run(ort, model, feeds), await run(ort, half, feeds))).toBeGreaterThan(50);
});

test("for what is quantized, all that is not int8 becomes float16", async () => {
  const model = prepare(await readModel(resnet20Model));
  const feeds = { input: feed([2, 3, 32, 32], 3, 2) };
  const ranges = await rangesOver(ort, model, [feeds]);
  const { model: made } = quantize(model, ranges, TENSORRT_PROFILE);
  const { model: half } = toFloat16(made, ranges);
  expect(half.opsets.get("")).toBe(19);
  everyTypeIsSaid(half);
  const { Cast, ...others } = operators(half);
  expect(others).toEqual((({ Cast: _, ...rest }) => rest)(operators(made)));
  expect(Cast).toBe(2);
  expect(sqnr(await run(ort, made, feeds), await run(ort, half, feeds))).toBeGreaterThan(20);
});

describe("a transformer", () => {
  test.each(["whole", "out"] as const)(
    "norms %s: normalizations and shares stay in float32",
    async (written) => {
      const model = prepare(transformer({ written }));
      const feeds = { x: feed([1, TOKENS, WIDTH], 5, 2) };
      const { model: half, layers } = toFloat16(model, await rangesOver(ort, model, [feeds]));
      everyTypeIsSaid(half);
      const floats32 = layers.filter(({ precision }) => precision === "float").map(({ opType }) => opType);
      expect([...new Set(floats32)].sort()).toEqual(
        written === "whole"
          ? ["LayerNormalization", "Softmax"]
          : ["Add", "Div", "Mul", "Pow", "ReduceMean", "Softmax", "Sqrt", "Sub"],
      );
      expect(layers.filter(({ precision }) => precision === "float16")).toHaveLength(8);
      expect(await kernels(ort, half)).toMatchObject({ LayerNormalization: 2 });
      expect(sqnr(await run(ort, model, feeds), await run(ort, half, feeds))).toBeGreaterThan(50);
    },
  );
});

const chain = (middle: ReturnType<typeof node>[], weights: Parameters<typeof modelOf>[0]["weights"] = []) =>
  modelOf({
    opset: 17,
    inputs: { x: [1, 4] },
    outputs: { y: [1, 4] },
    nodes: [node("Relu", ["x"], ["a"], {}, "first"), ...middle, node("Relu", ["b"], ["y"], {}, "last")],
    weights,
  });

test("what overflows float16 stays in float32, with room for what was not measured", () => {
  const model = chain([node("Mul", ["a", "k"], ["b"], {}, "mul")], [floats("k", [], [100])]);
  const ranges = (size: number) =>
    new Map([
      ["a", { min: 0, max: 300 }],
      ["b", { min: 0, max: size }],
    ]);
  expect(kept(model, ranges(30_000))).toEqual({});
  expect(kept(model, ranges(40_000))).toEqual({
    mul: "b reaches 4.00e+4, and float16 ends at 65504",
    last: "b reaches 4.00e+4, and float16 ends at 65504",
  });
});

test("constants that float16 does not have keep their operator in float32", () => {
  const tiny = chain([node("Add", ["a", "k"], ["b"], {}, "add")], [floats("k", [], [1e-9])]);
  expect(kept(tiny)).toEqual({ add: "k is too small for float16" });
  const vast = chain([node("Mul", ["a", "k"], ["b"], {}, "mul")], [floats("k", [], [1e6])]);
  expect(kept(vast)).toEqual({ mul: "k reaches 1.00e+6, and float16 ends at 65504" });
});

test("a value is cast once for all that take it", async () => {
  const model = modelOf({
    opset: 17,
    inputs: { x: [1, 4] },
    outputs: { y: [1, 4], z: [1, 4] },
    nodes: [
      node("MatMul", ["x", "w"], ["m"]),
      node("Softmax", ["m"], ["s"]),
      node("Exp", ["m"], ["e"]),
      node("Add", ["s", "e"], ["t"]),
      node("Mul", ["s", "t"], ["y"]),
      node("Sub", ["m", "t"], ["z"]),
    ],
    weights: [weight("w", [4, 4], 1)],
  });
  const { model: half } = toFloat16(model);
  everyTypeIsSaid(half);
  const casts = half.graph.nodes.filter(({ opType }) => opType === "Cast").map(({ inputs }) => inputs[0]);
  expect(casts.sort()).toEqual(["e", "m", "s", "x", "y_float16", "z_float16"]);
  const feeds = { x: feed([1, 4]) };
  expect(sqnr(await run(ort, model, feeds), await run(ort, half, feeds))).toBeGreaterThan(45);
});

test("an output that others take too keeps its name and type", async () => {
  const model = modelOf({
    opset: 17,
    inputs: { x: [1, 4] },
    outputs: { m: [1, 4], y: [1, 4] },
    nodes: [node("MatMul", ["x", "w"], ["m"]), node("Softmax", ["m"], ["s"]), node("Mul", ["s", "m"], ["y"])],
    weights: [weight("w", [4, 4], 1)],
  });
  const { model: half } = toFloat16(model);
  everyTypeIsSaid(half);
  expect(half.graph.outputs).toEqual(model.graph.outputs);
  const feeds = { x: feed([1, 4]) };
  expect(sqnr(await run(ort, model, feeds), await run(ort, half, feeds))).toBeGreaterThan(45);
});

test("bodies of control flow see what they saw before", async () => {
  const model = modelOf({
    opset: 17,
    inputs: { x: [1, 4], flag: infoOf("flag", "bool", []) },
    outputs: { y: [1, 4] },
    nodes: [
      node("MatMul", ["x", "w"], ["m"]),
      ifNode("Neg", "flag", "m", "i"),
      node("Add", ["m", "i"], ["y"]),
    ],
    weights: [weight("w", [4, 4], 1)],
  });
  model.graph.values.set("m", infoOf("m", "float", [1, 4]));
  const { model: half, layers } = toFloat16(model);
  expect(layers.find(({ opType }) => opType === "If")?.reason).toBe("its bodies are left as they are");
  everyTypeIsSaid(half);
  expect(half.graph.values.get("m")!.type).toBe("float");
  const feeds = { x: feed([1, 4]), flag: { type: "bool" as const, dims: [], data: Uint8Array.of(1) } };
  const [expected, found] = [await run(ort, model, feeds), await run(ort, half, feeds)];
  for (const [at, value] of expected.y!.data.entries())
    expect(Number(value)).toBeCloseTo(Number(found.y!.data[at]), 3);
});

test("the scales of Resize stay float32, and what the model says of a value inside is said anew", async () => {
  const model = modelOf({
    opset: 17,
    inputs: { x: [1, 2, 4, 4] },
    outputs: { y: [1, 2, 8, 8] },
    nodes: [
      node("Conv", ["x", "w"], ["c"]),
      node("Resize", ["c", "", "s"], ["r"], { mode: "linear" }),
      node("Relu", ["r"], ["y"]),
    ],
    weights: [weight("w", [2, 2, 1, 1], 1), floats("s", [4], [1, 1, 2, 2])],
  });
  model.graph.values.set("c", infoOf("c", "float", [1, 2, 4, 4]));
  const { model: half } = toFloat16(model);
  expect(half.graph.initializers.get("s")!.type).toBe("float");
  expect(half.graph.values.get("c")!.type).toBe("float16");
  const feeds = { x: feed([1, 2, 4, 4]) };
  expect(sqnr(await run(ort, model, feeds), await run(ort, half, feeds))).toBeGreaterThan(50);
});

test("operators of other domains, and what they give, stay as they are", () => {
  const mystery = { ...node("Mystery", ["a"], ["b"], {}, "mystery"), domain: "org.example" };
  expect(kept(chain([mystery]))).toEqual({
    mystery: "what org.example takes is not known",
    last: "the type of what it takes or gives is not known",
  });
});

test("layers are chosen by name", () => {
  const model = chain([node("MatMul", ["a", "w"], ["b"], {}, "linear")], [weight("w", [4, 4], 1)]);
  expect(kept(model, undefined, { exclude: ["linear"] })).toEqual({ linear: "excluded" });
});

test("whatever the network: every type is said, and the function is the same", async () => {
  await fc.assert(
    fc.asyncProperty(networks, fc.boolean(), async (drawn, first) => {
      const model = prepare(drawn);
      const feeds = { x: feed([1, CHANNELS, 6, 6], 1, 2) };
      const ranges = await rangesOver(ort, model, [feeds]);
      const before = first ? quantize(model, ranges, TENSORRT_PROFILE).model : model;
      const { model: half } = toFloat16(before, ranges);
      everyTypeIsSaid(half);
      const [expected, found] = [await run(ort, before, feeds), await run(ort, half, feeds)];
      if (
        Object.values(expected).some(({ data }) => [...data].some((value) => Math.abs(Number(value)) > 0.01))
      ) {
        expect(cosine(expected, found)).toBeGreaterThan(first ? 0.98 : 0.9999);
      }
    }),
    { numRuns: 60, seed: 2389 },
  );
}, 60_000);

test.each(["from float32", "from float16"])("RMSNorm written out %s", async (kind) => {
  const nodes = [
    node("MatMul", ["x", "w"], ["m"]),
    node("Pow", [kind === "from float32" ? "x" : "m", "two"], ["squares"]),
    node("ReduceMean", ["squares"], ["mean"], { axes: [-1] }),
    node("Add", ["mean", "epsilon"], ["safe"]),
    node("Sqrt", ["safe"], ["root"]),
    node("Div", [kind === "from float32" ? "x" : "m", "root"], ["unit"]),
    node("Mul", ["unit", "gain"], ["scaled"]),
    node("Add", ["scaled", "m"], ["y"]),
  ];
  const weights = [
    weight("w", [8, 8], 1),
    weight("gain", [8], 2, 2),
    floats("two", [], [2]),
    floats("epsilon", [], [1e-6]),
  ];
  const model = modelOf({ opset: 17, inputs: { x: [1, 3, 8] }, outputs: { y: [1, 3, 8] }, nodes, weights });
  const { model: half } = toFloat16(model);
  everyTypeIsSaid(half);
  const feeds = { x: feed([1, 3, 8]) };
  expect(sqnr(await run(ort, model, feeds), await run(ort, half, feeds))).toBeGreaterThan(45);
});
