import { expect, test } from "bun:test";
import { ifNode } from "../onnx/if-node.fixture.ts";
import { infoOf, modelOf, node, weight } from "../onnx/model-of.fixture.ts";
import { prepare } from "../quantize/prepare.ts";
import { CPU_PROFILE, TENSORRT_10_PROFILE, TENSORRT_PROFILE } from "../quantize/profiles.ts";
import type { QuantizationProfile } from "../quantize/types.ts";
import { target as cpu } from "../targets/cpu/index.ts";
import { target as jetson } from "../targets/jetson/index.ts";
import { ofVersion } from "../targets/of-version.ts";
import { floatTensors } from "./calibration.ts";
import { inPrecision } from "./precision.ts";

const conv = () =>
  modelOf({
    opset: 13,
    inputs: { x: [1, 8, 4, 4] },
    outputs: { y: [1, 4, 4, 4] },
    nodes: [
      node("Conv", ["x", "w1"], ["c"], {}, "first"),
      node("Sigmoid", ["c"], ["s"], {}, "between"),
      node("Conv", ["s", "w2"], ["y"], {}, "second"),
    ],
    weights: [weight("w1", [8, 8, 1, 1], 1), weight("w2", [4, 8, 1, 1], 2)],
  });

function int8(model: ReturnType<typeof conv>, profile: QuantizationProfile) {
  const prepared = prepare(model);
  const seen = { min: -4, max: 4, lowest: -4, highest: 4, deadChannels: 0 };
  const ranges = new Map(floatTensors(prepared).map((name) => [name, seen]));
  return inPrecision(model, prepared, {
    precision: "int8",
    profile,
    selection: { exclude: ["second"] },
    ranges,
  });
}

test.each([
  ["TensorRT 10", TENSORRT_10_PROFILE, 19, "float16"],
  ["any TensorRT", TENSORRT_PROFILE, 13, "float"],
  ["ONNX Runtime", CPU_PROFILE, 13, "float"],
] as const)("int8 for %s: opset and precision of the rest", async (_, profile, opset, rest) => {
  const { model, layers, notes } = await int8(conv(), profile);
  expect(model.opsets.get("")).toBe(opset);
  expect(layers.map(({ name, precision, reason }) => [name, precision, reason])).toEqual([
    ["first", "int8", undefined],
    ["second", rest, "excluded"],
  ]);
  expect(notes).toBeUndefined();
});

test("a model that cannot be said in opset 19 keeps float32, with a note", async () => {
  const model = conv();
  model.graph.inputs.push(infoOf("flag", "bool", []));
  model.graph.outputs.push(infoOf("z", "float", []));
  model.graph.nodes.push(ifNode("ReduceMax", "flag", "x", "z"));
  const made = await int8(model, TENSORRT_10_PROFILE);
  expect(made.model.opsets.get("")).toBe(13);
  expect(made.layers.map(({ precision }) => precision)).toEqual(["int8", "float"]);
  expect(made.notes).toEqual([
    "What is not int8 stays float32, and is slower by it: the model cannot be brought from opset 13 to 19: its body holds " +
      "ReduceMax, which changed in opset 18 (If_z). Export it with opset 19 or newer.",
  ]);
});

test("the version of the engine says which of them", () => {
  const machine = { name: "m", platform: "linux", arch: "x64", threads: 1, features: new Set<string>() };
  const rest = (version?: string) =>
    (version === undefined ? jetson : ofVersion(jetson, version)).profile(machine).rest;
  expect([undefined, "8.5.2", "8.6.2", "10.3.0", "10", "11.0.0"].map(rest)).toEqual([
    "float32",
    "float32",
    "float32",
    "float16",
    "float16",
    "float16",
  ]);
  expect(ofVersion(cpu, "30.0.0").profile(machine).rest).toBe("float32");
});

test("a model of which nothing is to be quantized says of every layer why", async () => {
  const model = conv();
  const none = inPrecision(model, prepare(model), {
    precision: "int8",
    profile: CPU_PROFILE,
    selection: { exclude: ["Conv"] },
    ranges: new Map(),
  });
  await expect(none).rejects.toMatchObject({
    message: "no layer of the model can be quantized",
    hint: "Its layers stay in float: excluded (2, as first). Deploy it with --precision fp16 or fp32.",
  });
});
