import { beforeAll, expect, test } from "bun:test";
import { encodeModel } from "../../onnx/encode.ts";
import { floats, modelOf, node, weight } from "../../onnx/model-of.fixture.ts";
import { readModel } from "../../onnx/read-model.ts";
import type { OnnxModel } from "../../onnx/types.ts";
import type { Feeds, Ort } from "../../ort/types.ts";
import { resnet20Model } from "../../real-models.fixture.ts";
import { prepare } from "../prepare.ts";
import { feed, kernels, openTestOrt, operators, run, sqnr } from "../runs.fixture.ts";
import { TOKENS, transformer, WIDTH } from "../transformer.fixture.ts";
import { packNibbles, quantizeBlocks } from "./blocks.ts";
import { weightOnly } from "./index.ts";

let ort: Ort;
beforeAll(async () => {
  ort = await openTestOrt();
});

test("8 bits: a DQ before each layer, all else as it was, a quarter of the size", async () => {
  const model = prepare(await readModel(resnet20Model));
  const { model: made, layers } = weightOnly(model, { bits: 8 });
  expect(operators(made)).toEqual({ ...operators(model), DequantizeLinear: 20 });
  expect(layers.every(({ precision, weights }) => precision === "int8" && weights!.sqnr > 35)).toBe(true);
  const bytes = (each: typeof model) =>
    [...each.graph.initializers.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  expect(bytes(made) / bytes(model)).toBeLessThan(0.27);
  const feeds = { input: feed([1, 3, 32, 32], 3, 2) };
  expect(sqnr(await run(ort, model, feeds), await run(ort, made, feeds))).toBeGreaterThan(25);
});

test.each([
  [4, 16, 15],
  [4, 32, 14],
  [8, 32, 36],
] as const)(
  "%d bits in blocks of %d: ONNX Runtime makes MatMulNBits of them",
  async (bits, blockSize, least) => {
    const model = prepare(transformer({}));
    const { model: made, layers } = weightOnly(model, { bits, blockSize });
    expect(made.opsets.get("")).toBe(21);
    expect(layers.filter(({ precision }) => precision === (bits === 4 ? "int4" : "int8"))).toHaveLength(6);
    expect(await kernels(ort, made)).toMatchObject({ MatMulNBits: 6 });
    const feeds = { x: feed([1, TOKENS, WIDTH], 5, 2) };
    expect(sqnr(await run(ort, model, feeds), await run(ort, made, feeds))).toBeGreaterThan(least);
  },
);

test("ONNX Runtime multiplies matrices in integers, rounding what comes in; convolutions stay in float", async () => {
  const noiseOfKernels = async (model: OnnxModel, feeds: Feeds): Promise<number> => {
    const bytes = encodeModel(weightOnly(prepare(model), { bits: 8 }).model);
    const outputs: Feeds[] = [];
    for (const optimization of ["disabled", "all"] as const) {
      const session = await ort.session(bytes, { threads: 1, optimization });
      outputs.push(await session.run(feeds));
      await session.close();
    }
    return sqnr(outputs[0]!, outputs[1]!);
  };
  const product = modelOf({
    inputs: { x: [8, 256] },
    outputs: { y: [8, 64] },
    nodes: [node("MatMul", ["x", "w"], ["y"])],
    weights: [weight("w", [256, 64], 1)],
  });
  const rounded = await noiseOfKernels(product, { x: feed([8, 256]) });
  expect(rounded).toBeGreaterThan(40);
  expect(rounded).toBeLessThan(60);
  const resnet = await readModel(resnet20Model);
  expect(await noiseOfKernels(resnet, { input: feed([1, 3, 32, 32], 3, 2) })).toBeGreaterThan(90);
});

test("a Gemm, transposed or not, gives what it gave", async () => {
  const model = modelOf({
    inputs: { x: [3, 40] },
    outputs: { y: [3, 5] },
    nodes: [
      node("Gemm", ["x", "a", "b"], ["m"], { transB: 1 }, "one"),
      node("Gemm", ["m", "c"], ["y"], {}, "two"),
    ],
    weights: [weight("a", [20, 40], 1), weight("b", [20], 2), weight("c", [20, 5], 3)],
  });
  for (const options of [{ bits: 8 }, { bits: 8, blockSize: 16 }] as const) {
    const { model: made, layers } = weightOnly(prepare(model), options);
    expect(layers.map(({ precision }) => precision)).toEqual(["int8", "int8"]);
    const feeds = { x: feed([3, 40]) };
    expect(sqnr(await run(ort, model, feeds), await run(ort, made, feeds))).toBeGreaterThan(38);
  }
});

test("blocks are for products; what else there is says why it stays in float", () => {
  const model = modelOf({
    inputs: { x: [1, 8, 5, 5], z: [2, 2] },
    outputs: { y: [1, 4, 3, 3], p: [2, 2] },
    nodes: [node("Conv", ["x", "w"], ["y"], {}, "conv"), node("MatMul", ["z", "z"], ["p"], {}, "square")],
    weights: [weight("w", [4, 8, 3, 3], 1)],
  });
  expect(weightOnly(prepare(model), { bits: 4 }).layers.map(({ reason }) => reason)).toEqual([
    "blocks are for MatMul and Gemm",
    "its weights are worked out as the model runs",
  ]);
  expect(weightOnly(prepare(model), { bits: 8, exclude: ["conv"] }).layers[0]!.reason).toBe("excluded");
});

test("the last block may be shorter, and one of zeros has scale 1", () => {
  const weights = Float32Array.from({ length: 5 * 2 }, (_, at) => (at % 2 === 0 ? at - 4 : 0));
  const {
    integers,
    scales,
    sqnr: lost,
  } = quantizeBlocks({
    name: "w",
    weights,
    rows: 5,
    columns: 2,
    size: 4,
    greatest: 7,
  });
  expect([...scales]).toEqual([4 / 7, 1, 4 / 7, 1].map(Math.fround));
  expect([...integers]).toEqual([-7, 0, -3, 0, 0, 0, 3, 0, 7, 0]);
  expect(lost).toBeGreaterThan(20);
});

test("weights that are no numbers are refused by name", () => {
  const model = modelOf({
    inputs: { x: [1, 2] },
    outputs: { y: [1, 1] },
    nodes: [node("MatMul", ["x", "w"], ["y"])],
    weights: [floats("w", [2, 1], [1, Number.NaN])],
  });
  expect(() => weightOnly(model, { bits: 4 })).toThrow("among its weights is NaN");
  expect(() => weightOnly(model, { bits: 8 })).toThrow("among its weights is NaN");
});

test("two integers of four bits to a byte, the first in the lower half", () => {
  expect([...packNibbles(Int8Array.of(1, -1, 7, -7, 3))]).toEqual([0xf1, 0x97, 0x03]);
});
