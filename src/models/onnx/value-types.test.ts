import { expect, test } from "bun:test";
import { openOrt } from "../ort/open-ort.ts";
import { mnistModel, resnet20Model } from "../real-models.fixture.ts";
import { encodeModel } from "./encode.ts";
import { floats, infoOf, integers, modelOf, node } from "./model-of.fixture.ts";
import { ranksOf } from "./ranks.ts";
import { readModel } from "./read-model.ts";
import type { OnnxModel } from "./types.ts";
import { upgradeOpset } from "./upgrade/index.ts";
import { valueTypes } from "./value-types.ts";

/** What ONNX Runtime infers for every value of the model, by making outputs of them all. */
async function inferred(model: OnnxModel): Promise<Map<string, { type: string; rank: number }>> {
  const ort = await openOrt({ cacheDir: "" });
  const names = model.graph.nodes.flatMap(({ outputs }) => outputs).filter((name) => name !== "");
  const outputs = names
    .map((name) => infoOf(name, "float", []))
    .map(({ name }) => ({ name, type: undefined, dims: undefined }));
  const session = await ort.session(encodeModel({ ...model, graph: { ...model.graph, outputs } }), {
    threads: 1,
    optimization: "disabled",
  });
  const found = new Map(session.outputs.map(({ name, type, dims }) => [name, { type, rank: dims.length }]));
  await session.close();
  return found;
}

const sampler = modelOf({
  opset: 18,
  inputs: { x: [2, 3, 4, 4], n: infoOf("n", "int64", [2]) },
  outputs: { y: [2] },
  nodes: [
    node("Shape", ["x"], ["shape"]),
    node("Cast", ["n"], ["half"], { to: 10 }),
    node("Greater", ["x", "zero"], ["positive"]),
    node("Where", ["positive", "x", "zero"], ["kept"]),
    node("TopK", ["x", "k"], ["best", "places"]),
    node("ArgMax", ["x"], ["argmax"], { axis: 1, keepdims: 0 }),
    node("MaxPool", ["x"], ["pooled", "indices"], { kernel_shape: [2, 2] }),
    node("ReduceMean", ["x", "axes"], ["mean"], { keepdims: 0 }),
    node("ReduceSum", ["x"], ["total"], { keepdims: 0 }),
    node("Squeeze", ["mean", "first"], ["squeezed"]),
    node("Unsqueeze", ["mean", "both"], ["unsqueezed"]),
    node("Gather", ["x", "n"], ["gathered"], { axis: 0 }),
    node("QuantizeLinear", ["x", "scale"], ["quantized"]),
    node("DequantizeLinear", ["quantized", "scale"], ["restored"]),
    node("ConstantOfShape", ["n"], ["filled"]),
    node("OneHot", ["n", "depth", "pair"], ["onehot"]),
    node("Flatten", ["x"], ["flat"]),
    node("MatMul", ["x", "x"], ["product"]),
    node("Concat", ["x", "kept"], ["joined"], { axis: 0 }),
    node("DynamicQuantizeLinear", ["x"], ["dynamic", "dynamic_scale", "dynamic_zero"]),
    node("Range", ["start", "limit", "delta"], ["range"]),
    node("NonZero", ["x"], ["nonzero"]),
    node("Relu", ["squeezed"], ["y"]),
  ],
  weights: [
    floats("zero", [], [0]),
    floats("scale", [], [0.1]),
    floats("pair", [2], [0, 1]),
    integers("k", [1]),
    integers("axes", [2, 3]),
    integers("first", [1]),
    integers("both", [0, 1]),
    integers("depth", [4], []),
    integers("start", [0], []),
    integers("limit", [4], []),
    integers("delta", [1], []),
  ],
});
// Squeeze wants a dimension of one.
sampler.graph.inputs[0] = infoOf("x", "float", [2, 1, 4, 4]);

test.each([
  ["mnist", async () => upgradeOpset(await readModel(mnistModel), 13)],
  ["resnet20", () => readModel(resnet20Model)],
  ["the operators whose outputs have types of their own", async () => sampler],
] as const)("%s: types and ranks are those that ONNX Runtime finds", async (_, load) => {
  const model = await load();
  const [typeOf, rankOf] = [valueTypes(model.graph), ranksOf(model.graph)];
  const truth = await inferred(model);
  expect(truth.size).toBeGreaterThan(10);
  for (const [name, { type, rank }] of truth) {
    expect([name, typeOf(name)]).toEqual([name, type as "float"]);
    // What is not known may stay so; what is said must be right. ONNX Runtime tells 0 also where it does not know.
    if (rankOf(name) !== undefined && rank > 0) expect([name, rankOf(name)]).toEqual([name, rank]);
  }
});

test("a rank is known where the graph says it", () => {
  const rankOf = ranksOf(sampler.graph);
  const names = ["mean", "total", "squeezed", "unsqueezed", "gathered", "flat", "product", "shape", "range"];
  expect(names.map((name) => [name, rankOf(name)])).toEqual([
    ["mean", 2],
    ["total", 0],
    ["squeezed", 1],
    ["unsqueezed", 4],
    ["gathered", 4],
    ["flat", 2],
    ["product", 4],
    ["shape", 1],
    ["range", undefined],
  ]);
});

test("of an operator of another domain nothing is claimed", () => {
  const { graph } = modelOf({
    inputs: { x: [1] },
    outputs: { y: [1] },
    nodes: [{ ...node("Mystery", ["x"], ["m"]), domain: "org.example" }, node("Relu", ["m"], ["y"])],
  });
  expect([valueTypes(graph)("m"), ranksOf(graph)("m")]).toEqual([undefined, undefined]);
});
