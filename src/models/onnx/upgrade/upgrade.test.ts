import { beforeAll, expect, test } from "bun:test";
import { create } from "@bufbuild/protobuf";
import { openOrt } from "../../ort/open-ort.ts";
import type { Feeds, Ort, Value } from "../../ort/types.ts";
import { mnistModel } from "../../real-models.fixture.ts";
import { floatAttribute } from "../attributes.ts";
import { encodeModel } from "../encode.ts";
import { ifNode } from "../if-node.fixture.ts";
import {
  floats,
  infoOf,
  integers,
  type ModelSketch,
  modelOf,
  node,
  noise,
  weight,
} from "../model-of.fixture.ts";
import { AttributeProto_AttributeType, AttributeProtoSchema } from "../onnx_pb.ts";
import { readModel } from "../read-model.ts";
import type { OnnxModel } from "../types.ts";
import { CHANGES, NEWEST_OPSET } from "./changes.ts";
import { upgradeOpset } from "./index.ts";

let ort: Ort;
beforeAll(async () => {
  ort = await openOrt({ cacheDir: "/not/used/from/source" });
});

async function run(model: OnnxModel, feeds: Feeds): Promise<Record<string, Value>> {
  const session = await ort.session(encodeModel(model), { threads: 1, optimization: "disabled" });
  try {
    return { ...(await session.run(feeds)) };
  } finally {
    await session.close();
  }
}

const feed = (dims: number[], seed = 1, size = 3): Value => {
  const next = noise(seed);
  const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => next() * size);
  return { type: "float", dims, data };
};

/** An old model of one operator on x; y is compared. */
interface Old {
  opset: number;
  x: number[];
  nodes: ModelSketch["nodes"];
  weights?: ModelSketch["weights"];
  /** The rank of the input is not told. */
  blind?: boolean;
}

const scales = (...values: number[]) =>
  create(AttributeProtoSchema, { name: "scales", type: AttributeProto_AttributeType.FLOATS, floats: values });
const onX = (operator: string, attributes: Parameters<typeof node>[3] = {}, more: string[] = []) => [
  node(operator, ["x", ...more], ["y"], attributes),
];
const batchNorm = [
  floats("g", [2], [1, 2]),
  floats("b", [2], [0, 1]),
  floats("m", [2], [0.1, 0.2]),
  floats("v", [2], [1, 0.5]),
];

const CASES: Record<string, Old> = {
  "Upsample 9": {
    opset: 7,
    x: [1, 1, 3, 3],
    nodes: onX("Upsample", { scales: scales(1, 1, 2, 2), mode: "nearest" }),
  },
  "Upsample 10": {
    opset: 9,
    x: [1, 1, 3, 3],
    nodes: onX("Upsample", { mode: "linear" }, ["s"]),
    weights: [floats("s", [4], [1, 1, 2, 2])],
  },
  "Resize 11": {
    opset: 10,
    x: [1, 1, 4, 5],
    nodes: onX("Resize", { mode: "nearest" }, ["s"]),
    weights: [floats("s", [4], [1, 1, 0.6, 0.7])],
  },
  "BatchNormalization 9": {
    opset: 7,
    x: [1, 2, 3, 3],
    nodes: onX("BatchNormalization", { spatial: 1 }, ["g", "b", "m", "v"]),
    weights: batchNorm,
  },
  "BatchNormalization 14": {
    opset: 9,
    x: [1, 2, 3, 3],
    nodes: onX("BatchNormalization", {}, ["g", "b", "m", "v"]),
    weights: batchNorm,
  },
  "Slice 10": {
    opset: 9,
    x: [4, 6],
    nodes: onX("Slice", { starts: [1, 2], ends: [-1, 2 ** 31], axes: [0, 1] }),
  },
  "TopK 10": { opset: 9, x: [3, 6], nodes: [node("TopK", ["x"], ["y", "places"], { k: 2, axis: 1 })] },
  "Pad 11": {
    opset: 10,
    x: [1, 1, 3, 3],
    nodes: onX("Pad", { pads: [0, 0, 1, 2, 0, 0, 0, 1], value: floatAttribute("value", 0.5) }),
  },
  "Clip 11": {
    opset: 10,
    x: [20],
    nodes: onX("Clip", { min: floatAttribute("min", -1), max: floatAttribute("max", 2) }),
  },
  "Scatter 11": {
    opset: 10,
    x: [3, 3],
    nodes: onX("Scatter", { axis: 1 }, ["places", "updates"]),
    weights: [integers("places", [0, 2, 1], [3, 1]), floats("updates", [3, 1], [7, 8, 9])],
  },
  "Dropout 12": { opset: 10, x: [5], nodes: onX("Dropout", { ratio: floatAttribute("ratio", 0.3) }) },
  "Softmax 13": { opset: 11, x: [2, 3, 4], nodes: onX("Softmax", { axis: 1 }) },
  "LogSoftmax 13": { opset: 11, x: [2, 3, 4], nodes: onX("LogSoftmax", { axis: 1 }), blind: true },
  "Hardmax 13": { opset: 11, x: [2, 3, 4], nodes: onX("Hardmax", { axis: 0 }) },
  "Squeeze 13": { opset: 12, x: [1, 3, 1], nodes: onX("Squeeze", { axes: [0] }) },
  "Unsqueeze 13": { opset: 12, x: [3, 2], nodes: onX("Unsqueeze", { axes: [0, 3] }) },
  "Split 13": { opset: 12, x: [5, 2], nodes: [node("Split", ["x"], ["y", "z"], { axis: 0, split: [2, 3] })] },
  "Split 18": { opset: 13, x: [4, 2], nodes: [node("Split", ["x"], ["y", "z"], { axis: 0 })] },
  "ReduceSum 13": { opset: 12, x: [2, 3, 4], nodes: onX("ReduceSum", { axes: [1], keepdims: 0 }) },
  ...Object.fromEntries(
    ["L1", "L2", "LogSumExp", "Max", "Mean", "Min", "Prod", "SumSquare"].map((kind) => [
      `Reduce${kind} 18`,
      { opset: 13, x: [2, 3, 4], nodes: onX(`Reduce${kind}`, { axes: [-1, 0], keepdims: 1 }) },
    ]),
  ),
  "ReduceLogSum 18": {
    opset: 13,
    x: [2, 3],
    nodes: [node("Abs", ["x"], ["a"]), node("ReduceLogSum", ["a"], ["y"], { keepdims: 0 })],
  },
  "RoiAlign 16": {
    opset: 13,
    x: [1, 1, 8, 8],
    nodes: onX("RoiAlign", { output_height: 2, output_width: 2, sampling_ratio: 2 }, ["rois", "batch"]),
    weights: [floats("rois", [1, 4], [0, 0, 5, 7]), integers("batch", [0])],
  },
  "GridSample 20": {
    opset: 16,
    x: [1, 1, 4, 4],
    nodes: onX("GridSample", { mode: "bicubic" }, ["grid"]),
    weights: [weight("grid", [1, 3, 3, 2], 5, 0.9)],
  },
  "DFT 20": { opset: 17, x: [1, 6, 2, 1], nodes: onX("DFT", { axis: 2 }) },
};

/** The cases that cannot be upgraded are tested below. */
const REFUSED = ["Scan 9", "GroupNormalization 21"];

test("every change of the table is tried", () => {
  const changes = CHANGES.map(({ operator, since }) => `${operator} ${since}`);
  expect([...Object.keys(CASES), ...REFUSED].sort()).toEqual(changes.sort());
});

const oldModel = ({ opset, x, nodes, weights = [], blind = false }: Old): OnnxModel => {
  const dims = blind ? ["a", "b", "c"] : x;
  const outputs = Object.fromEntries(nodes.at(-1)!.outputs.map((name) => [name, infoOf(name, "float", [])]));
  const model = modelOf({ opset, inputs: { x: dims }, outputs, nodes, weights });
  for (const output of model.graph.outputs) output.dims = undefined;
  for (const output of model.graph.outputs) if (output.name === "places") output.type = "int64";
  if (blind) model.graph.inputs[0]!.dims = undefined;
  return model;
};

test.each(Object.entries(CASES))("%s: the upgraded model gives what the old one gives", async (name, old) => {
  const since = Number(name.split(" ")[1]);
  const model = oldModel(old);
  const feeds = { x: feed(old.x) };
  const expected = await run(model, feeds);
  for (const opset of [since, NEWEST_OPSET]) {
    const upgraded = upgradeOpset(model, Math.max(opset, 13));
    expect(upgraded.opsets.get("")).toBe(Math.max(opset, 13));
    const found = await run(upgraded, feeds);
    for (const [output, { dims, data }] of Object.entries(expected)) {
      expect(found[output]!.dims).toEqual(dims);
      expect([...found[output]!.data]).toEqual([...data]);
    }
  }
  expect(model.opsets.get("")).toBe(old.opset);
});

test("a Resize of opset 10 that shrinks one side and stretches the other is refused", () => {
  const nodes = onX("Resize", { mode: "nearest" }, ["s"]);
  const model = oldModel({ opset: 10, x: [1, 1, 4, 4], nodes, weights: [floats("s", [4], [1, 1, 2, 0.5])] });
  expect(() => upgradeOpset(model, 13)).toThrow(/makes one side smaller and another larger/);
});

test("the MNIST network of opset 8 becomes one of opset 21", async () => {
  const model = await readModel(mnistModel);
  const feeds = { Input3: feed([1, 1, 28, 28], 4, 255) };
  const [expected, found] = [await run(model, feeds), await run(upgradeOpset(model, NEWEST_OPSET), feeds)];
  expect(found.Plus214_Output_0!.data).toEqual(expected.Plus214_Output_0!.data);
});

test("a bound has the type of what it bounds", () => {
  const model = oldModel({ opset: 7, x: [2], nodes: onX("Clip", { max: floatAttribute("max", 6) }) });
  model.graph.inputs[0]!.type = "double";
  const { initializers, nodes } = upgradeOpset(model, 13).graph;
  expect(nodes[0]!.inputs).toEqual(["x", "", "Clip_y_max"]);
  expect(initializers.get("Clip_y_max")!.type).toBe("double");
});

test("a model that has the version is given back as it is", () => {
  const model = oldModel({ opset: 17, x: [2], nodes: onX("Relu") });
  expect(upgradeOpset(model, 13)).toBe(model);
});

test("initializers among the inputs become constants, which no caller may override", async () => {
  const model = upgradeOpset(await readModel(mnistModel), 13);
  const session = await ort.session(encodeModel(model), { threads: 1 });
  expect(session.inputs.map(({ name }) => name)).toEqual(["Input3"]);
  await session.close();
});

test.each([
  [6, onX("Relu"), /opset 6, and 7 is the oldest/],
  [8, onX("BatchNormalization", { spatial: 0 }, ["g", "b", "m", "v"]), /normalizes each position on its own/],
  [8, [node("Scan", ["x"], ["y"])], /Scan had a batch axis of its own/],
  [18, onX("GroupNormalization", { num_groups: 1 }, ["g", "b"]), /for groups, not channels/],
])("what cannot be said in the later version is refused (opset %d)", (opset, nodes, message) => {
  const model = oldModel({ opset, x: [1, 2, 3, 3], nodes, weights: batchNorm });
  expect(() => upgradeOpset(model, 21)).toThrow(message);
});

test("a body of control flow that would have to change is refused, any other is left alone", () => {
  const withBody = (opType: string) => {
    const nodes = [ifNode(opType, "flag", "x", "y")];
    const inputs = { x: [1, 2], flag: infoOf("flag", "bool", []) };
    return modelOf({ opset: 9, inputs, outputs: { y: [1, 2] }, nodes });
  };
  expect(() => upgradeOpset(withBody("Slice"), 13)).toThrow(
    /its body holds Slice, which changed in opset 10/,
  );
  expect(upgradeOpset(withBody("Relu"), 13).opsets.get("")).toBe(13);
});
