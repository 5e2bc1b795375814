import { expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { mnistModel, resnet20Model } from "../real-models.fixture.ts";
import { decodeModel } from "./decode.ts";
import { encodeModel } from "./encode.ts";
import { floats, integers, modelOf, node } from "./model-of.fixture.ts";
import { ModelProtoSchema } from "./onnx_pb.ts";
import { floatsOf, integersOf } from "./tensor.ts";

test.each([mnistModel, resnet20Model])("%s comes out byte for byte as it went in", async (file) => {
  const bytes = await readFile(file);
  expect(Buffer.compare(encodeModel(decodeModel(bytes)), bytes)).toBe(0);
});

test("weights are views on the model's bytes, not copies", async () => {
  const bytes = await readFile(resnet20Model);
  const { initializers } = decodeModel(bytes).graph;
  const first = initializers.get("conv1.weight")!.raw();
  expect(first.buffer).toBe(bytes.buffer);
});

/** Field 7777, wire type 2, which no version of onnx.proto has. */
const unknownField = (text: string): number[] => [0x8a, 0xe6, 0x03, text.length, ...Buffer.from(text)];

test("fields of a later onnx.proto survive, in the model, its graph and its nodes", () => {
  const plain = encodeModel(
    modelOf({ inputs: { x: [2] }, outputs: { y: [2] }, nodes: [node("Relu", ["x"], ["y"])] }),
  );
  const proto = fromBinary(ModelProtoSchema, new Uint8Array([...plain, ...unknownField("model")]));
  for (const [message, text] of [
    [proto.graph!, "graph"],
    [proto.graph!.node[0]!, "node"],
  ] as const) {
    const [, , , , ...data] = unknownField(text);
    message.$unknown = [{ no: 7777, wireType: 2, data: new Uint8Array([data.length, ...data]) }];
  }
  const model = decodeModel(toBinary(ModelProtoSchema, proto));
  model.graph.nodes[0]!.opType = "Abs";
  const text = Buffer.from(encodeModel(model)).toString("latin1");
  for (const word of ["model", "graph", "node"])
    expect(text).toContain(String.fromCharCode(word.length) + word);
});

test("a model of one's own can be read again", () => {
  const model = modelOf({
    inputs: { x: [1, "n", undefined] },
    outputs: { y: [1, "n", undefined] },
    nodes: [node("Mul", ["x", "w"], ["m"]), node("Transpose", ["m"], ["y"], { perm: [0, 1, 2] })],
    weights: [floats("w", [2], [0.5, -3]), integers("unused", [2 ** 40, -1])],
  });
  const { graph, opsets, irVersion } = decodeModel(encodeModel(model));
  expect({ opsets, irVersion }).toEqual({ opsets: new Map([["", 17]]), irVersion: 8 });
  expect(graph.inputs.map(({ name, type, dims }) => ({ name, type, dims }))).toEqual([
    { name: "x", type: "float", dims: [1, "n", undefined] },
  ]);
  expect([...floatsOf(graph.initializers.get("w")!)]).toEqual([0.5, -3]);
  expect(integersOf(graph.initializers.get("unused")!)).toEqual([2 ** 40, -1]);
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Mul", "Transpose"]);
});

test("before IR version 4 initializers are written among the inputs, and read without them", () => {
  const model = modelOf({
    irVersion: 3,
    opset: 8,
    inputs: { x: [2] },
    outputs: { y: [2] },
    nodes: [node("Add", ["x", "w"], ["y"])],
    weights: [floats("w", [2], [1, 2])],
  });
  const bytes = encodeModel(model);
  expect(fromBinary(ModelProtoSchema, bytes).graph!.input.map(({ name }) => name)).toEqual(["x", "w"]);
  expect(decodeModel(bytes).graph.inputs.map(({ name }) => name)).toEqual(["x"]);
});

test("the same model gives the same bytes", () => {
  const make = () =>
    encodeModel(
      modelOf({
        inputs: { x: [2] },
        outputs: { y: [2] },
        nodes: [node("Elu", ["x"], ["y"], { alpha: 0.5 })],
      }),
    );
  expect(Buffer.compare(make(), make())).toBe(0);
});
