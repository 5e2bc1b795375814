import { beforeAll, describe, expect, test } from "bun:test";
import { floats, modelOf, node, weight } from "../onnx/model-of.fixture.ts";
import { floatsOf, integersOf } from "../onnx/tensor.ts";
import type { OnnxModel } from "../onnx/types.ts";
import type { Ort } from "../ort/types.ts";
import { toFloat16 } from "./float16/index.ts";
import { CPU_PROFILE, TENSORRT_PROFILE, WEIGHT_ONLY_PROFILE } from "./profiles.ts";
import { quantize } from "./quantize.ts";
import { feed, openTestOrt, run } from "./runs.fixture.ts";
import type { QuantizationProfile } from "./types.ts";

let ort: Ort;
beforeAll(async () => {
  ort = await openTestOrt();
});

/** Channels of very different sizes, one of them dead. */
const weights = () => {
  const tensor = weight("w", [4, 3, 3, 3], 1);
  const values = floatsOf(tensor).map((value, at) => value * [1, 100, 1e-3, 0][Math.floor(at / 27)]!);
  return floats("w", [4, 3, 3, 3], [...values]);
};

const conv = () =>
  modelOf({
    inputs: { x: [1, 3, 5, 5] },
    outputs: { y: [1, 4, 3, 3] },
    nodes: [node("Conv", ["x", "w"], ["y"], {}, "conv")],
    weights: [weights()],
  });
const ranges = new Map(["x", "y"].map((name) => [name, { min: -4, max: 4 }]));

const made = (profile: QuantizationProfile): OnnxModel =>
  quantize(conv(), ranges, { ...profile, firstLayer: "int8" }).model;

/** What ONNX Runtime makes of the weights. */
async function integersMade(model: OnnxModel): Promise<number[]> {
  const { graph } = model;
  const quantizer = graph.nodes.find(
    ({ opType, inputs }) => opType === "QuantizeLinear" && graph.initializers.has(inputs[0]!),
  )!;
  const [integers] = quantizer.outputs;
  const outputs = [{ name: integers!, type: "int8" as const, dims: [4, 3, 3, 3] }];
  const { [integers!]: found } = await run(
    ort,
    { ...model, graph: { ...graph, outputs } },
    { x: feed([1, 3, 5, 5]) },
  );
  return Array.from(found!.data, Number);
}

describe.each([true, false])("with a scale for each channel: %p", (perChannel) => {
  const integers = integersOf(
    made({ ...TENSORRT_PROFILE, perChannel, weights: "int8" }).graph.initializers.get("w_quantized")!,
  );

  test("TensorRT gets float weights with Q and DQ: no initializer of int8 but zero points", async () => {
    const model = made({ ...TENSORRT_PROFILE, perChannel });
    const { initializers, nodes } = model.graph;
    const zeros = new Set(
      nodes.filter(({ opType }) => /Linear$/.test(opType)).map(({ inputs }) => inputs[2]!),
    );
    expect(
      [...initializers.values()].filter(({ name, type }) => type === "int8" && !zeros.has(name)),
    ).toEqual([]);
    // Its parser wants scale and zero point of one size, all zero.
    for (const { opType, inputs } of nodes) {
      if (!/Linear$/.test(opType)) continue;
      const [scale, zero] = inputs.slice(1).map((name) => initializers.get(name)!);
      expect(zero!.dims).toEqual(scale!.dims);
      expect(new Set(integersOf(zero!))).toEqual(new Set([0]));
    }
    expect(await integersMade(model)).toEqual(integers);
  });

  test("in float16, Q gives the same integers", async () => {
    const { model } = toFloat16(made({ ...TENSORRT_PROFILE, perChannel }), ranges);
    expect(model.graph.initializers.get("w_rounded_float16")?.type).toBe("float16");
    expect(await integersMade(model)).toEqual(integers);
  });
});

test.each([
  ["ONNX Runtime", CPU_PROFILE],
  ["whoever runs a model of integer weights alone", WEIGHT_ONLY_PROFILE],
])("%s gets integers, and DQ", (_, profile) => {
  const { initializers, nodes } = made(profile).graph;
  expect(initializers.get("w_quantized")!.type).toBe("int8");
  expect(initializers.has("w")).toBe(false);
  expect(nodes.filter(({ inputs }) => inputs[0]!.startsWith("w")).map(({ opType }) => opType)).toEqual([
    "DequantizeLinear",
  ]);
});
