import { expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { mnistModel } from "../real-models.fixture.ts";
import { decodeModel } from "./decode.ts";
import { encodeModel } from "./encode.ts";
import { indexGraph, prune, sortNodes } from "./graph-index.ts";
import { ModelFileError } from "./model-error.ts";
import { floats, infoOf, integers, modelOf, node, noise, weight } from "./model-of.fixture.ts";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  ValueInfoProtoSchema,
} from "./onnx_pb.ts";
import { ranksOf } from "./ranks.ts";
import { valueTypes } from "./value-types.ts";

/** What is thrown, when it is meant for people; anything else is a defect, and fails the test. */
function refusal(work: () => unknown): ModelFileError | undefined {
  try {
    work();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof ModelFileError) return thrown;
    throw thrown;
  }
}

const text = (words: string): Uint8Array => new TextEncoder().encode(words);

test.each([
  ["nothing", new Uint8Array()],
  ["text", text("<!doctype html><title>404</title>")],
  ["zeros", new Uint8Array(1000)],
  ["a length that the bytes do not have", new Uint8Array([0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f])],
  ["PNG", new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
])("%s is no model, and it is said so", (_, bytes) => {
  expect(() => decodeModel(bytes)).toThrow(ModelFileError);
  expect(() => decodeModel(bytes)).toThrow(/this is no ONNX model, or it is damaged/);
});

const withTensor = (change: (proto: ReturnType<typeof tensorOfModel>) => void): Uint8Array => {
  const model = modelOf({
    inputs: { x: [2] },
    outputs: { y: [2] },
    nodes: [node("Add", ["x", "w"], ["y"])],
    weights: [floats("w", [2], [1, 2])],
  });
  const { proto } = decodeModel(encodeModel(model));
  change(tensorOfModel(proto));
  return toBinary(ModelProtoSchema, proto);
};
const tensorOfModel = ({ graph }: ReturnType<typeof decodeModel>["proto"]) => graph!.initializer[0]!;

test.each([
  ["negative dimensions", [-2n], /its dimensions, -2, cannot be/],
  ["more elements than there can be", [2n ** 40n, 2n ** 40n], /cannot be/],
  ["more elements than bytes", [3n], /it has 8 bytes, and float\[3\] takes 12/],
  ["fewer elements than bytes", [1n], /it has 8 bytes, and float\[1\] takes 4/],
])("a tensor of %s is refused by name", (_, dims, message) => {
  const bytes = withTensor((tensor) => {
    tensor.dims = dims;
  });
  const thrown = refusal(() => decodeModel(bytes))!;
  expect(thrown.message).toMatch(message);
  expect(thrown.where).toBe("w");
});

test("a type of a later ONNX is refused by its number", () => {
  const bytes = withTensor((tensor) => {
    tensor.dataType = 99;
  });
  expect(() => decodeModel(bytes)).toThrow(/its data type, 99, is not known/);
});

test("two initializers of one name are refused", () => {
  const { proto } = decodeModel(withTensor(() => undefined));
  proto.graph!.initializer.push(proto.graph!.initializer[0]!);
  expect(() => decodeModel(toBinary(ModelProtoSchema, proto))).toThrow(/two initializers have this name/);
});

test("graphs within graphs, deeper than any stack, end in a message", () => {
  let bytes: Uint8Array = toBinary(GraphProtoSchema, create(GraphProtoSchema, { name: "innermost" }));
  const wrap = (field: number, inner: Uint8Array): Uint8Array => {
    const length: number[] = [];
    for (let rest = inner.length; rest > 0 || length.length === 0; rest = Math.floor(rest / 128)) {
      length.push((rest % 128) | (rest >= 128 ? 128 : 0));
    }
    const wrapped = new Uint8Array(1 + length.length + inner.length);
    wrapped.set([(field << 3) | 2, ...length]);
    wrapped.set(inner, 1 + length.length);
    return wrapped;
  };
  // AttributeProto.g = 6, NodeProto.attribute = 5, GraphProto.node = 1
  for (let depth = 0; depth < 5000; depth++) bytes = wrap(1, wrap(5, wrap(6, bytes)));
  expect(NodeProtoSchema.fields.find(({ name }) => name === "attribute")!.number).toBe(5);
  expect(AttributeProtoSchema.fields.find(({ name }) => name === "g")!.number).toBe(6);
  const model = wrap(7, bytes);
  const opset = [0x42, 0x02, 0x10, 0x0d];
  expect(refusal(() => decodeModel(new Uint8Array([...model, ...opset])))?.message).toMatch(/no ONNX model/);
});

test("20,000 damaged models are read or refused, and nothing else", async () => {
  const small = encodeModel(smallModel());
  const real = await readFile(mnistModel);
  const next = noise(2389);
  const below = (limit: number): number => Math.floor(((next() + 1) / 2) * limit);
  let [read, refused] = [0, 0];
  for (let round = 0; round < 20_000; round++) {
    const bytes = damaged(round % 10 === 0 ? real : small, below);
    const thrown = refusal(() => {
      const model = decodeModel(bytes);
      for (const tensor of model.graph.initializers.values()) tensor.raw();
      walk(model);
      encodeModel(model);
    });
    if (thrown) refused++;
    else read++;
  }
  // Both happen: else the damage was none, or all were turned away at the door.
  expect(read).toBeGreaterThan(2000);
  expect(refused).toBeGreaterThan(2000);
}, 60_000);

/** Something of everything: weights of several types, attributes, a body, what is known of a value inside. */
function smallModel() {
  const body = create(GraphProtoSchema, {
    name: "body",
    node: [create(NodeProtoSchema, { opType: "Relu", input: ["c"], output: ["d"] })],
    output: [create(ValueInfoProtoSchema, { name: "d" })],
  });
  const model = modelOf({
    inputs: { x: [1, 1, "h", undefined], flag: infoOf("flag", "bool", []) },
    outputs: { y: [1, 4], e: [] },
    nodes: [
      node("Conv", ["x", "w", "b"], ["c"], { pads: [1, 1, 1, 1], group: 1 }),
      node("If", ["flag"], ["e"], {
        then_branch: graphAttribute("then_branch", body),
        else_branch: graphAttribute("else_branch", body),
      }),
      node("LeakyRelu", ["c"], ["r"], { alpha: 0.1 }),
      node("Reshape", ["r", "shape"], ["f"]),
      node("Gemm", ["f", "g"], ["y"], { transB: 1 }),
    ],
    weights: [
      weight("w", [1, 1, 3, 3], 1),
      weight("b", [1], 2),
      integers("shape", [1, 4]),
      weight("g", [4, 4], 3),
    ],
  });
  model.graph.values.set("c", infoOf("c", "float", [1, 1, 2, 2]));
  model.metadata.set("author", "test");
  return model;
}

const graphAttribute = (name: string, g: GraphProto) =>
  create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.GRAPH, g });

/** The head, where the structure is, is hit as often as the weights that follow it. */
function damaged(original: Uint8Array, below: (limit: number) => number): Uint8Array {
  const bytes = Uint8Array.from(original);
  const kind = below(8);
  if (kind === 0) return bytes.subarray(0, below(bytes.length));
  if (kind === 1) bytes.copyWithin(below(bytes.length), below(bytes.length), below(bytes.length));
  for (let hits = 1 + below(6); hits > 0; hits--) {
    bytes[below(kind < 5 ? Math.min(bytes.length, 2500) : bytes.length)] = below(256);
  }
  return bytes;
}

function walk(model: ReturnType<typeof decodeModel>): void {
  const { graph } = model;
  const index = indexGraph(graph);
  for (const { outputs } of graph.nodes) for (const value of outputs) index.consumers(value);
  sortNodes(graph);
  const [typeOf, rankOf] = [valueTypes(graph), ranksOf(graph)];
  for (const { inputs } of graph.nodes) for (const value of inputs) [typeOf(value), rankOf(value)];
  prune(graph);
}
