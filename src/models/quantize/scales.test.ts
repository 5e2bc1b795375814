import { expect, test } from "bun:test";
import fc from "fast-check";
import { biasSteps, fitScalesToBias, integerBias } from "./bias.ts";
import { activationScale, LEAST_SCALE, roundToEven } from "./scales.ts";
import { channelExtents, channelLayout, integerWeights, weightScales } from "./weights.ts";

test("rounds halves to the even neighbour, as QuantizeLinear does", () => {
  expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, -2.6].map(roundToEven)).toEqual([0, 2, 2, 0, -2, 2, -3]);
});

const bound = fc.double({ min: -1e6, max: 1e6, noNaN: true });

test("zero is exact, and no value of the range is further from its integer than half a step", () => {
  fc.assert(
    fc.property(bound, bound, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, share) => {
      const [min, max] = [Math.min(a, b), Math.max(a, b)];
      const value = min + share * (max - min);
      for (const [activations, least, greatest] of [
        ["u8-asymmetric", 0, 255],
        ["s8-symmetric", -128, 127],
      ] as const) {
        const { scale, zeroPoint } = activationScale("t", { min, max }, activations);
        const integer = Math.max(least, Math.min(greatest, roundToEven(value / scale) + zeroPoint));
        expect(Number.isInteger(zeroPoint)).toBe(true);
        expect(roundToEven(0 / scale) + zeroPoint).toBe(zeroPoint);
        expect(Math.abs((integer - zeroPoint) * scale - value)).toBeLessThanOrEqual(scale * 1.01);
      }
    }),
  );
});

test("a range on one side of zero is stretched to it", () => {
  expect(activationScale("t", { min: 2, max: 5.1 }, "u8-asymmetric")).toEqual({
    scale: Math.fround(0.02),
    zeroPoint: 0,
  });
  expect(activationScale("t", { min: -5.1, max: -2 }, "u8-asymmetric")).toEqual({
    scale: Math.fround(0.02),
    zeroPoint: 255,
  });
});

test("channels lie along any axis", () => {
  expect(channelLayout([4, 3, 2, 2], 0)).toEqual({ channels: 4, run: 12 });
  expect(channelLayout([4, 3, 2, 2], 1)).toEqual({ channels: 3, run: 4 });
  expect(channelLayout([4, 3], 1)).toEqual({ channels: 3, run: 1 });
  expect(channelLayout([4, 3], undefined)).toEqual({ channels: 1, run: 12 });
  const weights = Float32Array.from([1, -5, 2, 3, 4, -6]);
  expect([...channelExtents("w", weights, channelLayout([2, 3], 1)).maxima]).toEqual([3, 5, 6]);
  expect([...channelExtents("w", weights, channelLayout([2, 3], 0)).maxima]).toEqual([5, 6]);
  expect([...channelExtents("w", weights, channelLayout([2, 3], undefined)).maxima]).toEqual([6]);
});

test("weights lose half a step at most, and it is told how much in all", () => {
  const weights = Float32Array.from([1, 0.25, -0.5, 0, 3.5, -1]);
  const layout = channelLayout([2, 3], 0);
  const { integers, scales, sqnr } = integerWeights(
    weights,
    weightScales(channelExtents("w", weights, layout), 127),
    layout,
    127,
  );
  expect([...integers]).toEqual([127, 32, -64, 0, 127, -36]);
  const lost = weights.map((weight, at) => weight - integers[at]! * scales[Math.floor(at / 3)]!);
  const energy = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
  expect(sqnr).toBeCloseTo(10 * Math.log10(energy(weights) / energy(lost)), 3);
  const exact = integerWeights(Float32Array.of(127, -3), Float64Array.of(1), { channels: 1, run: 2 }, 127);
  expect(exact.sqnr).toBe(Number.POSITIVE_INFINITY);
});

test("whole numbers stay what they are", () => {
  const counts = Float32Array.from({ length: 16 }, (_, at) => at);
  const layout = channelLayout([1, 16, 1, 1], 0);
  const made = integerWeights(counts, weightScales(channelExtents("w", counts, layout), 127), layout, 127);
  expect([...made.integers]).toEqual([...counts]);
  expect([made.sqnr, made.scales[0]]).toEqual([Number.POSITIVE_INFINITY, 1]);
  const large = channelExtents("w", Float32Array.of(200, 1), { channels: 1, run: 2 });
  expect(weightScales(large, 127)[0]).toBeCloseTo(200 / 127, 6);
});

test("scales are fitted so that every bias can be told in 32 bits", () => {
  const input = 0.01;
  const maxima = Float64Array.of(1, 0, 1e-9, 0);
  const bias = Float32Array.of(0.5, 2, 3, 0);
  const { scales, widened } = fitScalesToBias(
    weightScales({ maxima, whole: new Uint8Array(4) }, 127),
    maxima,
    bias,
    input,
  );
  expect(widened).toBe(1);
  const steps = biasSteps(input, Float32Array.from(scales));
  const integers = integerBias(bias, steps);
  expect(Math.max(...integers.map(Math.abs))).toBeLessThanOrEqual(2 ** 30 + 128);
  bias.forEach((value, channel) => {
    expect(Math.abs(integers[channel]! * steps[channel]! - value)).toBeLessThan(1e-4);
  });
  expect(scales[3]).toBe(1);
  expect([...scales].every((scale) => scale >= LEAST_SCALE)).toBe(true);
});

test("one scale for all channels serves the greatest bias", () => {
  const { scales } = fitScalesToBias(
    Float64Array.of(1e-12),
    Float64Array.of(1e-10),
    Float32Array.of(1, -4),
    0.1,
  );
  expect(scales[0]).toBeCloseTo(4 / 2 ** 30 / 0.1, 15);
});
