import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { noise } from "../onnx/model-of.fixture.ts";
import { entropyThreshold } from "./entropy.ts";
import { newObservation, type Observation, observe, settle } from "./observation.ts";
import { rangeOf } from "./range-of.ts";
import { METHODS } from "./types.ts";

function seenIn(values: Float32Array): Observation {
  const seen = newObservation(true);
  observe(seen, values);
  settle(seen);
  return seen;
}

/** Values of a bell with deviation 1 (twelve even ones summed), and with them what else is given. */
function bell(count: number, ...others: number[]): Float32Array {
  const next = noise(7);
  const one = () => Array.from({ length: 12 }, next).reduce((sum, value) => sum + value, 0) / 2;
  return Float32Array.from([...Array.from({ length: count }, one), ...others]);
}

/** Mean square of what 8 bits lose over a range. */
function lost(values: Float32Array, { min, max }: { min: number; max: number }, symmetric: boolean): number {
  const limit = Math.max(Math.abs(min), Math.abs(max));
  const scale = symmetric ? limit / 127 : (Math.max(max, 0) - Math.min(min, 0)) / 255;
  const zero = symmetric ? 0 : Math.round(-Math.min(min, 0) / scale);
  const [first, last] = symmetric ? [-127, 127] : [-zero, 255 - zero];
  const squares = values.map(
    (value) => (value - scale * Math.min(last, Math.max(first, Math.round(value / scale)))) ** 2,
  );
  return squares.reduce((sum, square) => sum + square, 0) / values.length;
}

test("minmax is what was seen", () => {
  expect(rangeOf(seenIn(Float32Array.of(-3, 1, 7)), { method: "minmax", symmetric: true })).toEqual({
    min: -3,
    max: 7,
  });
});

describe("far outliers are clipped, the bell is kept", () => {
  const values = bell(20_000, 40, -40);
  test("entropy", () => {
    for (const symmetric of [true, false]) {
      const range = rangeOf(seenIn(values), { method: "entropy", symmetric });
      expect(range.max).toBeWithin(2, 20);
      expect(-range.min).toBeWithin(2, 20);
    }
  });
  test("percentile, by its share", () => {
    const { min, max } = rangeOf(seenIn(values), { method: "percentile", symmetric: false, percentile: 95 });
    expect(max).toBeWithin(1.8, 2.1);
    expect(min).toBeWithin(-2.1, -1.8);
    const both = rangeOf(seenIn(values), { method: "percentile", symmetric: true, percentile: 68.27 });
    expect(both.max).toBeWithin(0.95, 1.05);
    expect(both.max).toBe(-both.min);
  });
});

test.each([true, false])("mse loses no more than any other method (symmetric: %p)", (symmetric) => {
  for (const values of [
    bell(5_000),
    bell(5_000, 30),
    bell(5_000).map(Math.abs),
    bell(5_000).map((value) => Math.max(0, value) ** 2),
  ]) {
    const losses = new Map(
      METHODS.map((method) => [
        method,
        lost(values, rangeOf(seenIn(values), { method, symmetric }), symmetric),
      ]),
    );
    for (const [, other] of losses) expect(losses.get("mse")!).toBeLessThanOrEqual(other * 1.02);
  }
});

test("a tensor on one side of zero has its range there", () => {
  const values = bell(5_000).map((value) => Math.max(0, value));
  for (const method of METHODS) {
    const { min, max } = rangeOf(seenIn(values), { method, symmetric: false });
    expect(min).toBeWithin(0, 1e-3);
    expect(max).toBeGreaterThan(2);
  }
});

test("every method, of anything, is within what was seen and finite", () => {
  const values = fc.array(fc.float({ min: Math.fround(-1e30), max: Math.fround(1e30), noNaN: true }), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(values, fc.constantFrom(...METHODS), fc.boolean(), (list, method, symmetric) => {
      const { min, max } = rangeOf(seenIn(Float32Array.from(list)), { method, symmetric });
      const [lowest, highest] = list.length === 0 ? [0, 0] : [Math.min(...list), Math.max(...list)];
      expect(min).toBeWithin(
        Math.fround(lowest),
        Math.fround(highest) + Number.MIN_VALUE + Math.abs(highest) * 1e-6,
      );
      expect(max).toBeWithin(min, Math.fround(highest) + Number.MIN_VALUE + Math.abs(highest) * 1e-6);
    }),
  );
});

describe("entropy", () => {
  /** The same by its definition, term by term. */
  function divergence(bins: number[], size: number, levels: number): number {
    const total = bins.reduce((sum, count) => sum + count, 0);
    const p = bins.slice(0, size);
    p[size - 1]! += bins.slice(size).reduce((sum, count) => sum + count, 0);
    const q = Array<number>(size).fill(0);
    for (let level = 0; level < levels; level++) {
      const at = p.map((_, i) => i).filter((i) => Math.floor((i * levels) / size) === level && p[i]! > 0);
      for (const i of at)
        q[i] =
          Math.max(
            at.reduce((sum, j) => sum + bins[j]!, 0),
            1e-4,
          ) / at.length;
    }
    const kept = bins.slice(0, size).reduce((sum, count) => sum + count, 0);
    return p.reduce(
      (sum, count, i) => (count > 0 ? sum + (count / total) * Math.log(count / total / (q[i]! / kept)) : sum),
      0,
    );
  }

  test("is the candidate with the least divergence", () => {
    const bins = Array.from(
      { length: 64 },
      (_, i) => Math.round(1000 * Math.exp(-((i / 12) ** 2))) + (i === 63 ? 3 : 0),
    );
    bins[0] = bins[1]!;
    const sizes = Array.from({ length: 7 }, (_, i) => 64 - 8 * i);
    const best = sizes.reduce((least, size) =>
      divergence(bins, size, 16) < divergence(bins, least, 16) ? size : least,
    );
    expect(entropyThreshold({ counts: Float64Array.from(bins), width: 0.5 }, 16)).toBe(best * 0.5);
    expect(best).toBeLessThan(64);
  });
});
