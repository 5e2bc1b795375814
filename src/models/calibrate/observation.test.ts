import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  HALF,
  merge,
  newObservation,
  type Observation,
  observe,
  observeChannels,
  settle,
} from "./observation.ts";

const seenIn = (...calls: (readonly number[])[]): Observation => {
  const seen = newObservation(true);
  for (const values of calls) expect(observe(seen, Float32Array.from(values))).toBe(-1);
  settle(seen);
  return seen;
};
const plain = ({ fresh: _, ...rest }: Observation) => rest;
/** Not so near to zero that it could be counted beyond it. */
const value = fc.oneof(
  fc.constant(0),
  fc.float({ min: Math.fround(1e-6), max: 60_000, noNaN: true }),
  fc.float({ min: -60_000, max: Math.fround(-1e-6), noNaN: true }),
);

test("every value is counted once, in the bin that it lies in", () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), (values) => {
      const { counts, exponent, lowest, highest } = seenIn(values);
      const expected = new Map<number, number>();
      for (const each of values.map(Math.fround)) {
        const bin = HALF + Math.floor((each / 2 ** exponent) * HALF);
        expected.set(bin, (expected.get(bin) ?? 0) + 1);
      }
      expect(new Map([...counts.entries()].filter(([, count]) => count > 0))).toEqual(
        new Map([...expected].sort((a, b) => a[0] - b[0])),
      );
      expect([lowest, highest]).toEqual(
        [Math.fround(Math.min(...values)), Math.fround(Math.max(...values))].map((limit) => limit + 0),
      );
    }),
  );
});

test("neither the order nor the way that values are shared out changes the result", () => {
  const calls = fc.array(fc.array(value, { maxLength: 9 }), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(calls, fc.nat(), (all, at) => {
      const whole = plain(seenIn(...all));
      expect(plain(seenIn(...all.toReversed()))).toEqual(whole);
      const cut = at % all.length;
      const parts = seenIn(...all.slice(0, cut));
      merge(parts, seenIn(...all.slice(cut)));
      expect(plain(parts)).toEqual(whole);
    }),
  );
});

test("memory stays the same however far the range grows", () => {
  const seen = seenIn([1e-30], [1e-3], [1], [1e30], [-3e38]);
  expect(seen.counts.length).toBe(2 * HALF);
  expect(seen.counts.reduce((sum, count) => sum + count, 0)).toBe(5);
  expect(seen.exponent).toBe(128);
});

describe("what is not finite", () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "%d is found where it stands",
    (wrong) => {
      for (const at of [0, 1, 4]) {
        const values = Float32Array.of(1, 2, 3, 4, 5);
        values[at] = wrong;
        for (const seen of [newObservation(true), newObservation(false), seenIn([-9, 9])])
          expect(observe(seen, values)).toBe(at);
      }
    },
  );
});

test("channels that have one value in all samples are known", () => {
  const seen = newObservation(false);
  observeChannels(seen, Float32Array.of(0, 0, 1, 2, 5, 5), { channels: 3, plane: 2 });
  observeChannels(seen, Float32Array.of(0, 0, 3, 3, 5, 6), { channels: 3, plane: 2 });
  expect([...seen.steady!]).toEqual([0, Number.NaN, Number.NaN]);
  const other = newObservation(false);
  observeChannels(other, Float32Array.of(7, 7, 1, 1, 1, 1), { channels: 3, plane: 2 });
  merge(other, seen);
  expect([...other.steady!]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
});
