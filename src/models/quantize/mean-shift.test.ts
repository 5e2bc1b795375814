import { describe, expect, test } from "bun:test";
import { modelOf, node, noise, weight } from "../onnx/model-of.fixture.ts";
import type { OnnxModel } from "../onnx/types.ts";
import type { Feeds, Ort } from "../ort/types.ts";
import { CPU_PROFILE, TENSORRT_PROFILE } from "./profiles.ts";
import { quantize } from "./quantize.ts";
import { rangesOver } from "./ranges.fixture.ts";
import { openTestOrt, run } from "./runs.fixture.ts";
import type { Ranges } from "./types.ts";

const CHANNELS = 8;
/** Far from zero on average, and differently in each channel: what rounding does to the weights adds up. */
const means = Float64Array.from({ length: CHANNELS }, (_, channel) => 4 + channel);

function samples(dims: number[]): Feeds[] {
  const next = noise(7);
  const plane = dims.slice(2).reduce((product, dim) => product * dim, 1);
  return Array.from({ length: 12 }, () => ({
    x: {
      type: "float",
      dims,
      data: Float32Array.from(
        { length: CHANNELS * plane },
        (_, at) => means[Math.floor(at / plane)]! + next(),
      ),
    },
  }));
}

const layer = (opType: string, dims: number[], weightDims: number[], attributes: object, bias = true) => ({
  dims,
  model: modelOf({
    inputs: { x: dims },
    outputs: { y: [1, CHANNELS, ...dims.slice(2).map((size) => size - 2)] },
    nodes: [node(opType, bias ? ["x", "w", "b"] : ["x", "w"], ["y"], { ...attributes }, "layer")],
    weights: [weight("w", weightDims, 1), ...(bias ? [weight("b", [CHANNELS], 2)] : [])],
  }),
});

const image = [1, CHANNELS, 6, 6];
const cases: [string, ReturnType<typeof layer>][] = [
  ["Conv", layer("Conv", image, [CHANNELS, CHANNELS, 3, 3], {})],
  ["Conv without a bias", layer("Conv", image, [CHANNELS, CHANNELS, 3, 3], {}, false)],
  ["Conv in groups", layer("Conv", image, [CHANNELS, 2, 3, 3], { group: 4 })],
  ["depthwise Conv", layer("Conv", image, [CHANNELS, 1, 3, 3], { group: CHANNELS })],
  ["Gemm", layer("Gemm", [1, CHANNELS], [CHANNELS, CHANNELS], {})],
  ["Gemm, transposed", layer("Gemm", [1, CHANNELS], [CHANNELS, CHANNELS], { transB: 1 })],
];

/** By output channel: how far the quantized model's mean is from the float one's. */
async function offBy(ort: Ort, model: OnnxModel, made: OnnxModel, feeds: readonly Feeds[]): Promise<number> {
  const sums = new Float64Array(CHANNELS);
  for (const one of feeds) {
    const [float, other] = [await run(ort, model, one), await run(ort, made, one)];
    const [a, b] = [float.y!.data as Float32Array, other.y!.data as Float32Array];
    a.forEach((value, at) => {
      sums[Math.floor((at * CHANNELS) / a.length)]! += b[at]! - value;
    });
  }
  return Math.hypot(...sums);
}

describe.each([
  ["integers", { ...CPU_PROFILE, firstLayer: "int8" as const, reduceRange: true }],
  ["float", { ...TENSORRT_PROFILE, firstLayer: "int8" as const, reduceRange: true }],
])("with a bias in %s", (_, profile) => {
  test.each(cases)("%s: what rounding adds on average is taken off again", async (__, { dims, model }) => {
    const ort = await openTestOrt();
    const feeds = samples(dims);
    const ranges = await rangesOver(ort, model, feeds);
    const known: Ranges = new Map([...ranges, ["x", { ...ranges.get("x")!, means }]]);
    const before = await offBy(ort, model, quantize(model, ranges, profile).model, feeds);
    const after = await offBy(ort, model, quantize(model, known, profile).model, feeds);
    expect(after).toBeLessThan(before / 2);
  });
});

test("means that do not fit the layer change nothing", async () => {
  const [, { model, dims }] = cases[0]!;
  const ranges = await rangesOver(await openTestOrt(), model, samples(dims));
  const known: Ranges = new Map([...ranges, ["x", { ...ranges.get("x")!, means: new Float64Array(3) }]]);
  const bias = (of: Ranges) =>
    quantize(model, of, { ...CPU_PROFILE, firstLayer: "int8" })
      .model.graph.initializers.get("b_quantized")!
      .raw();
  expect(bias(known)).toEqual(bias(ranges));
});
