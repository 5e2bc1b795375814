import { beforeAll, expect, test } from "bun:test";
import { create } from "@bufbuild/protobuf";
import { floatAttribute } from "../../onnx/attributes.ts";
import { ifNode } from "../../onnx/if-node.fixture.ts";
import { infoOf, modelOf, node } from "../../onnx/model-of.fixture.ts";
import { AttributeProto_AttributeType, AttributeProtoSchema, TensorProtoSchema } from "../../onnx/onnx_pb.ts";
import { readModel } from "../../onnx/read-model.ts";
import { floatsOf } from "../../onnx/tensor.ts";
import type { Ort } from "../../ort/types.ts";
import { mnistModel, resnet20Model } from "../../real-models.fixture.ts";
import { prepare } from "../prepare.ts";
import { feed, openTestOrt, operators, run, sqnr } from "../runs.fixture.ts";
import { CASES } from "./cases.fixture.ts";
import { fold } from "./index.ts";

let ort: Ort;
beforeAll(async () => {
  ort = await openTestOrt();
});

test.each(Object.entries(CASES))("folds %s", async (_, { x, left, ...sketch }) => {
  const model = modelOf({ opset: 13, ...sketch, inputs: { x }, outputs: { y: [] } });
  model.graph.outputs[0]!.dims = undefined;
  const before = operators(model);
  const folded = fold(model);
  expect(operators(folded)).toEqual(left);
  expect(operators(model)).toEqual(before);
  const feeds = { x: feed(x) };
  expect(sqnr(await run(ort, model, feeds), await run(ort, folded, feeds))).toBeGreaterThan(120);
});

test("folding what is folded changes nothing", async () => {
  const once = prepare(await readModel(resnet20Model));
  const twice = fold(once);
  expect(twice.graph.nodes.map(({ name, inputs, outputs }) => ({ name, inputs, outputs }))).toEqual(
    once.graph.nodes.map(({ name, inputs, outputs }) => ({ name, inputs, outputs })),
  );
  expect([...twice.graph.initializers.keys()]).toEqual([...once.graph.initializers.keys()]);
});

test.each([
  [
    mnistModel,
    { Input3: feed([1, 1, 28, 28], 3, 255) },
    { Conv: 2, Relu: 2, MaxPool: 2, Reshape: 1, Gemm: 1 },
  ],
  [
    resnet20Model,
    { input: feed([2, 3, 32, 32], 3, 2) },
    { Conv: 19, Relu: 19, Add: 9, Slice: 2, Pad: 2, GlobalAveragePool: 1, Flatten: 1, Gemm: 1 },
  ],
])("%s: the same function with fewer operators", async (file, feeds, left) => {
  const model = await readModel(file);
  const folded = prepare(model);
  expect(operators(folded)).toEqual(left);
  expect(sqnr(await run(ort, model, feeds), await run(ort, folded, feeds))).toBeGreaterThan(100);
});

test("every node gets a name of its own", () => {
  const nodes = [
    node("Relu", ["x"], ["a"], {}, ""),
    node("Relu", ["a"], ["b"], {}, "same"),
    node("Relu", ["b"], ["y"], {}, "same"),
  ];
  const { graph } = fold(modelOf({ inputs: { x: [1] }, outputs: { y: [1] }, nodes }));
  expect(graph.nodes.map(({ name }) => name)).toEqual(["Relu_0", "same", "same_1"]);
});

test("what a body of control flow takes by name keeps it", async () => {
  const model = modelOf({
    inputs: { x: [2], flag: infoOf("flag", "bool", []) },
    outputs: { y: [2] },
    nodes: [node("Identity", ["x"], ["i"]), ifNode("Neg", "flag", "i", "y")],
  });
  const folded = fold(model);
  expect(operators(folded)).toEqual({ Identity: 1, If: 1 });
  const flag = { type: "bool" as const, dims: [], data: Uint8Array.of(1) };
  expect([...(await run(ort, folded, { x: feed([2]), flag })).y!.data]).toEqual(
    [...feed([2]).data].map((v) => -Number(v)),
  );
});

test("a Constant in every form becomes an initializer", () => {
  const t = create(TensorProtoSchema, { dataType: 1, dims: [2n], floatData: [1, 2] });
  const value = create(AttributeProtoSchema, { name: "value", type: AttributeProto_AttributeType.TENSOR, t });
  const list = create(AttributeProtoSchema, {
    name: "value_floats",
    type: AttributeProto_AttributeType.FLOATS,
    floats: [3, 4],
  });
  const { graph } = fold(
    modelOf({
      inputs: { x: [2] },
      outputs: { y: [2] },
      nodes: [
        node("Constant", [], ["a"], { value }),
        node("Constant", [], ["b"], { value_floats: list }),
        node("Constant", [], ["c"], { value_float: floatAttribute("value_float", 5) }),
        node("Sum", ["x", "a", "b", "c"], ["y"]),
      ],
    }),
  );
  expect([...graph.initializers].map(([name, tensor]) => [name, ...floatsOf(tensor)])).toEqual([
    ["a", 1, 2],
    ["b", 3, 4],
    ["c", 5],
  ]);
});
