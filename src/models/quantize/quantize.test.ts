import { beforeAll, describe, expect, test } from "bun:test";
import { encodeModel } from "../onnx/encode.ts";
import { floats, integers, modelOf, node, weight } from "../onnx/model-of.fixture.ts";
import { readModel } from "../onnx/read-model.ts";
import { floatsOf, integersOf } from "../onnx/tensor.ts";
import type { OnnxModel } from "../onnx/types.ts";
import type { Ort } from "../ort/types.ts";
import { digits, mnistModel } from "../real-models.fixture.ts";
import { prepare } from "./prepare.ts";
import { CPU_PROFILE, TENSORRT_PROFILE } from "./profiles.ts";
import { quantize } from "./quantize.ts";
import { rangesOver } from "./ranges.fixture.ts";
import { feed, openTestOrt, run, sqnr } from "./runs.fixture.ts";
import type { Ranges } from "./types.ts";

let ort: Ort;
beforeAll(async () => {
  ort = await openTestOrt();
});

const range = (size: number) => ({ min: -size, max: size });
const all: Ranges = new Map(["x", "c", "y"].map((name) => [name, range(4)]));
const conv = (weights = [weight("w", [4, 8, 3, 3], 1), weight("b", [4], 2)]): OnnxModel =>
  modelOf({
    inputs: { x: [1, 8, 5, 5] },
    outputs: { y: [1, 4, 3, 3] },
    nodes: [node("Conv", ["x", "w", "b"], ["y"], {}, "conv")],
    weights,
  });

test("a layer becomes integers with their scales, Q and DQ around it", () => {
  const { model, layers, scales } = quantize(conv(), all, CPU_PROFILE);
  expect(model.graph.nodes.map(({ opType, inputs, outputs }) => [opType, inputs, outputs])).toEqual([
    ["QuantizeLinear", ["x", "x_scale", "x_zero_point"], ["x_quantized"]],
    ["DequantizeLinear", ["x_quantized", "x_scale", "x_zero_point"], ["x_dequantized"]],
    ["DequantizeLinear", ["w_quantized", "w_scale", "w_zero_point"], ["w_dequantized"]],
    ["DequantizeLinear", ["b_quantized", "b_scale"], ["b_dequantized"]],
    ["Conv", ["x_dequantized", "w_dequantized", "b_dequantized"], ["y_float"]],
    ["QuantizeLinear", ["y_float", "y_scale", "y_zero_point"], ["y_quantized"]],
    ["DequantizeLinear", ["y_quantized", "y_scale", "y_zero_point"], ["y"]],
  ]);
  expect(scales.get("x")).toEqual({ scale: Math.fround(8 / 255), zeroPoint: 127 });
  expect(layers).toEqual([
    {
      name: "conv",
      opType: "Conv",
      precision: "int8",
      weights: { elements: 288, channels: 4, sqnr: expect.any(Number), deadChannels: 0, widenedChannels: 0 },
    },
  ]);
  expect(layers[0]!.weights!.sqnr).toBeGreaterThan(40);
});

test("for TensorRT: signed, zero at 0, bias and output left in float", () => {
  const { model } = quantize(conv(), all, TENSORRT_PROFILE);
  expect(model.graph.nodes.map(({ opType }) => opType)).toEqual([
    "QuantizeLinear",
    "DequantizeLinear",
    "QuantizeLinear",
    "DequantizeLinear",
    "Conv",
  ]);
  expect(model.graph.nodes.at(-1)!.inputs).toEqual(["x_dequantized", "w_dequantized", "b"]);
  const { initializers } = model.graph;
  expect([initializers.get("x_zero_point")!.type, integersOf(initializers.get("x_zero_point")!)]).toEqual([
    "int8",
    [0],
  ]);
  expect(floatsOf(initializers.get("x_scale")!)[0]).toBeCloseTo(4 / 127, 9);
  expect(integersOf(initializers.get("w_zero_point")!)).toEqual([0, 0, 0, 0]);
});

test("each channel of the weights reaches the greatest integer, and 63 with 7 bits", () => {
  for (const [reduceRange, greatest] of [
    [false, 127],
    [true, 63],
  ] as const) {
    const { initializers } = quantize(conv(), all, { ...CPU_PROFILE, reduceRange }).model.graph;
    const weights = integersOf(initializers.get("w_quantized")!);
    for (let channel = 0; channel < 4; channel++) {
      const own = weights.slice(channel * 72, (channel + 1) * 72).map(Math.abs);
      expect(Math.max(...own)).toBe(greatest);
    }
  }
});

test("one scale for all channels where the profile says so", () => {
  const { model } = quantize(conv(), all, { ...CPU_PROFILE, perChannel: false });
  expect(model.graph.initializers.get("w_scale")!.dims).toEqual([]);
  expect(model.graph.initializers.get("b_scale")!.dims).toEqual([]);
});

describe("hard cases", () => {
  const layer = async (weights: Parameters<typeof conv>[0], ranges = all) => {
    const model = conv(weights);
    const made = quantize(model, ranges, CPU_PROFILE);
    const feeds = { x: feed([1, 8, 5, 5], 3, 4) };
    return { made, expected: await run(ort, model, feeds), found: await run(ort, made.model, feeds) };
  };
  const kernel = (channelOf: (c: number) => (at: number) => number) =>
    floats(
      "w",
      [4, 8, 3, 3],
      Array.from({ length: 288 }, (_, at) => channelOf(Math.floor(at / 72))(at % 72)),
    );

  test("a dead channel keeps its bias", async () => {
    const weights = [
      kernel((c) => (at) => (c === 1 ? 0 : Math.sin(at + c) / 20)),
      floats("b", [4], [0.3, 1.7, 0, -2]),
    ];
    const { made, expected, found } = await layer(weights);
    expect(made.layers[0]!.weights!.deadChannels).toBe(1);
    expect(sqnr(expected, found)).toBeGreaterThan(30);
    // The bias itself is exact; what is lost is what 8 bits of output lose: half a step of 8/255.
    expect(Math.abs(Number(found.y!.data[9]) - 1.7)).toBeLessThan(4 / 255 + 1e-6);
  });

  test("a bias too large for 32 bits of the finest scale makes the scale coarser", async () => {
    const weights = [
      kernel((c) => (at) => (c === 2 ? 1e-12 : Math.sin(at + c) / 20)),
      floats("b", [4], [0, 0, 3, 0]),
    ];
    const { made, expected, found } = await layer(weights);
    expect(made.layers[0]!.weights!.widenedChannels).toBe(1);
    expect(sqnr(expected, found)).toBeGreaterThan(30);
  });

  test("weights that are all zero, and a range of nothing but zero", async () => {
    const flat: Ranges = new Map([
      ["x", { min: 0, max: 0 }],
      ["y", { min: 0, max: 0 }],
    ]);
    const zeros = [kernel(() => () => 0), floats("b", [4], [0, 0, 0, 0])];
    const made = quantize(conv(zeros), flat, CPU_PROFILE);
    expect(made.scales.get("x")).toEqual({ scale: 1, zeroPoint: 0 });
    const found = await run(ort, made.model, { x: feed([1, 8, 5, 5]) });
    expect([...found.y!.data].every((value) => Number(value) === 0)).toBe(true);
  });

  test.each([
    [5, 5],
    [-3, -3],
  ])("activations that are always %d stay that", async (min, max) => {
    const one = [kernel(() => (at) => (at === 0 ? 1 : 0)), floats("b", [4], [0, 0, 0, 0])];
    const ranges: Ranges = new Map([
      ["x", { min, max }],
      ["y", { min, max }],
    ]);
    for (const profile of [CPU_PROFILE, TENSORRT_PROFILE]) {
      const made = quantize(conv(one), ranges, profile);
      const dims = [1, 8, 5, 5];
      const data = new Float32Array(200).fill(min);
      const found = await run(ort, made.model, { x: { type: "float", dims, data } });
      for (const value of found.y!.data) expect(Number(value)).toBeCloseTo(min, 5);
    }
  });

  test("the least of all scales is one that kernels can work with", async () => {
    const tiny: Ranges = new Map(["x", "y"].map((name) => [name, range(1e-44)]));
    const made = quantize(conv(), tiny, CPU_PROFILE);
    expect(made.scales.get("x")!.scale).toBe(2 ** -126);
    await run(ort, made.model, { x: feed([1, 8, 5, 5]) });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "weights with %d are refused by name",
    (value) => {
      const broken = kernel((c) => (at) => (c === 3 && at === 7 ? value : 0.1));
      expect(() => quantize(conv([broken, weight("b", [4], 1)]), all, CPU_PROFILE)).toThrow(
        `among its weights is ${value}`,
      );
    },
  );

  test.each([
    [Number.NaN, 1],
    [0, Number.POSITIVE_INFINITY],
    [2, 1],
  ])("a range from %d to %d is refused by name", (min, max) => {
    const ranges: Ranges = new Map([...all, ["x", { min, max }]]);
    expect(() => quantize(conv(), ranges, CPU_PROFILE)).toThrow(/cannot be quantized/);
  });

  test("a bias that is no number is refused by name", () => {
    const weights = [weight("w", [4, 8, 3, 3], 1), floats("b", [4], [0, Number.NaN, 0, 0])];
    expect(() => quantize(conv(weights), all, CPU_PROFILE)).toThrow(/among its weights is NaN/);
  });
});

test("a model that is quantized already is refused", () => {
  const { model } = quantize(conv(), all, CPU_PROFILE);
  expect(() => quantize(model, all, CPU_PROFILE)).toThrow(
    /the model is quantized already: it has QuantizeLinear/,
  );
});

test("the same model, ranges and options give the same bytes; the original is as it was", async () => {
  const model = prepare(await readModel(mnistModel));
  const before = encodeModel(model);
  const ranges = await rangesOver(
    ort,
    model,
    (await digits(5)).map(({ feeds }) => feeds),
  );
  const [a, b] = [quantize(model, ranges, CPU_PROFILE), quantize(model, ranges, CPU_PROFILE)];
  expect(Buffer.compare(encodeModel(a.model), encodeModel(b.model))).toBe(0);
  expect(Buffer.compare(encodeModel(model), before)).toBe(0);
});

test("names that are taken already are not taken again", async () => {
  const model = modelOf({
    inputs: { x: [1, 8, 5, 5] },
    outputs: { y: [1, 4, 3, 3], x_quantized: [1, 8, 5, 5] },
    nodes: [node("Conv", ["x", "w", "w_scale"], ["y"]), node("Relu", ["x"], ["x_quantized"])],
    weights: [weight("w", [4, 8, 3, 3], 1), weight("w_scale", [4], 2)],
  });
  const feeds = { x: feed([1, 8, 5, 5], 3, 4) };
  const made = quantize(model, await rangesOver(ort, model, [feeds]), CPU_PROFILE);
  expect(sqnr(await run(ort, model, feeds), await run(ort, made.model, feeds))).toBeGreaterThan(30);
});

test("weights that two layers share, one of them in float, serve both", async () => {
  const model = modelOf({
    inputs: { x: [1, 8, 5, 5] },
    outputs: { y: [1, 8, 3, 3], z: [1, 8, 3, 3] },
    nodes: [node("Conv", ["x", "w"], ["y"], {}, "one"), node("Conv", ["x", "w"], ["z"], {}, "two")],
    weights: [weight("w", [8, 8, 3, 3], 1)],
  });
  const ranges: Ranges = new Map([...all, ["z", range(4)]]);
  const { model: made, layers } = quantize(model, ranges, CPU_PROFILE, { exclude: ["two"] });
  expect(layers.map(({ name, precision, reason }) => [name, precision, reason])).toEqual([
    ["one", "int8", undefined],
    ["two", "float", "excluded"],
  ]);
  const feeds = { x: feed([1, 8, 5, 5]) };
  expect([...(await run(ort, made, feeds)).z!.data]).toEqual([...(await run(ort, model, feeds)).z!.data]);
});

test("a value that the caller sees keeps its name and its type", async () => {
  const model = modelOf({
    inputs: { x: [1, 8, 5, 5] },
    outputs: { c: [1, 8, 5, 5], y: [1, 8, 5, 5] },
    nodes: [
      node("Conv", ["x", "w"], ["c"], { pads: [1, 1, 1, 1] }),
      node("Relu", ["c"], ["r"]),
      node("Conv", ["r", "w"], ["y"], { pads: [1, 1, 1, 1] }),
    ],
    weights: [weight("w", [8, 8, 3, 3], 1)],
  });
  const feeds = { x: feed([1, 8, 5, 5], 2) };
  const ranges = await rangesOver(ort, model, [feeds]);
  for (const profile of [CPU_PROFILE, TENSORRT_PROFILE]) {
    const made = quantize(model, ranges, profile).model;
    expect(made.graph.outputs.map(({ name }) => name)).toEqual(["c", "y"]);
    expect(sqnr(await run(ort, model, feeds), await run(ort, made, feeds))).toBeGreaterThan(25);
  }
});

test("what the placement leaves out is left as it was", () => {
  const model = modelOf({
    inputs: { x: [1, 8, 5, 5] },
    outputs: { y: [1, 8, 5, 5] },
    nodes: [
      { ...node("Mystery", ["x"], ["m"]), domain: "org.example" },
      node("Resize", ["m", "", "s"], ["y"]),
    ],
    weights: [floats("s", [4], [1, 1, 1, 1]), integers("unused", [1])],
  });
  const { model: made, layers, scales } = quantize(model, all, CPU_PROFILE);
  expect(made.graph.nodes.map(({ opType, inputs }) => [opType, inputs])).toEqual([
    ["Mystery", ["x"]],
    ["Resize", ["m", "", "s"]],
  ]);
  expect([layers, scales.size]).toEqual([[], 0]);
});
