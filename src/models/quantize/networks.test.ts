import { beforeAll, describe, expect, test } from "bun:test";
import type { Ort } from "../ort/types.ts";
import { detector, SIDE } from "./detector.fixture.ts";
import { prepare } from "./prepare.ts";
import { CPU_PROFILE, TENSORRT_PROFILE } from "./profiles.ts";
import { quantize } from "./quantize.ts";
import { rangesOver } from "./ranges.fixture.ts";
import { cosine, feed, kernels, openTestOrt, operators, run } from "./runs.fixture.ts";
import { TOKENS, transformer, WIDTH } from "./transformer.fixture.ts";

let ort: Ort;
beforeAll(async () => {
  ort = await openTestOrt();
});

describe("a transformer", () => {
  const shapes = [
    ["whole", 1],
    ["whole", "batch"],
    ["out", 1],
    ["out", "batch"],
  ] as const;
  const samples = Array.from({ length: 8 }, (_, at) => ({ x: feed([1, TOKENS, WIDTH], 20 + at, 2) }));

  test.each(shapes)("norms %s, batch %s: products in integers, nothing else", async (written, batch) => {
    const model = prepare(transformer({ written, batch }));
    const ranges = await rangesOver(ort, model, samples);
    for (const profile of [CPU_PROFILE, TENSORRT_PROFILE]) {
      const { model: made, layers } = quantize(model, ranges, profile);
      expect(layers.filter(({ precision }) => precision === "int8")).toHaveLength(6);
      expect(layers.filter(({ precision }) => precision === "float").map(({ reason }) => reason)).toEqual(
        new Array(2).fill("its weights are worked out as the model runs"),
      );
      const { QuantizeLinear, DequantizeLinear, ...others } = operators(made);
      expect(others).toEqual(operators(model));
      // n1 and n2, what goes into the projection, what comes out of Gelu; for TensorRT, the six weights.
      expect([QuantizeLinear, DequantizeLinear]).toEqual([profile === CPU_PROFILE ? 4 : 4 + 6, 4 + 6]);
      const feeds = { x: feed([1, TOKENS, WIDTH], 99, 2) };
      const [expected, found] = [await run(ort, model, feeds), await run(ort, made, feeds)];
      expect(cosine(expected, found)).toBeGreaterThan(0.9995);
      if (profile === CPU_PROFILE) {
        expect(await kernels(ort, made)).toMatchObject({ MatMulIntegerToFloat: 6 });
      }
    }
  });
});

describe("a detector in the manner of YOLOv8", () => {
  const samples = Array.from({ length: 6 }, (_, at) => ({ images: feed([1, 3, SIDE, SIDE], 40 + at) }));
  const feeds = { images: feed([1, 3, SIDE, SIDE], 77) };

  test("for ONNX Runtime every convolution but the first and the last, and all of SiLU, runs in integers", async () => {
    const model = prepare(detector());
    const ranges = await rangesOver(ort, model, samples);
    const { model: made, layers } = quantize(model, ranges, CPU_PROFILE);
    expect(
      layers.filter(({ precision }) => precision === "float").map(({ name, reason }) => [name, reason]),
    ).toEqual([
      ["stem", "it is the first layer"],
      ["dfl", "it takes the shares of a Softmax"],
    ]);
    const { Conv, Sigmoid } = operators(model);
    // The first layer's SiLU and the last Sigmoid, which nothing in integers takes, stay in float.
    expect(await kernels(ort, made)).toMatchObject({
      QLinearConv: Conv! - 2,
      QLinearSigmoid: Sigmoid! - 2,
      QLinearMul: Sigmoid! - 2,
      QLinearAdd: 1,
      QLinearConcat: 3,
    });
    expect(cosine(await run(ort, model, feeds), await run(ort, made, feeds))).toBeGreaterThan(0.999);
  });

  test("for TensorRT there is Q/DQ before each convolution, and none within", async () => {
    const model = prepare(detector());
    const ranges = await rangesOver(ort, model, samples);
    const { model: made } = quantize(model, ranges, TENSORRT_PROFILE);
    const quantizers = made.graph.nodes.filter(
      ({ opType, inputs }) => opType === "QuantizeLinear" && !made.graph.initializers.has(inputs[0]!),
    );
    const taken = new Set(
      model.graph.nodes.filter(({ opType }) => opType === "Conv").map(({ inputs }) => inputs[0]!),
    );
    taken.delete("images");
    taken.delete("shares");
    // And the way around the bottleneck, which fuses with the convolution that is added to it when it is in integers.
    expect(quantizers.map(({ inputs }) => inputs[0]!).sort()).toEqual([...taken].sort());
    expect(cosine(await run(ort, model, feeds), await run(ort, made, feeds))).toBeGreaterThan(0.998);
  });
});
