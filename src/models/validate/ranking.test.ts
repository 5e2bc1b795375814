import { expect, test } from "bun:test";
import fc from "fast-check";
import { largest } from "./ranking.ts";

test("best first; of equal ones the first; NaN never", () => {
  expect(largest(Float32Array.of(1, 3, 2, 3, Number.NaN), 3)).toEqual([1, 3, 2]);
  expect(largest(Float32Array.of(Number.NaN), 5)).toEqual([]);
  expect(largest(Float32Array.of(2, 1), 5)).toEqual([0, 1]);
});

test("it is the beginning of the whole in order", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 })), fc.integer({ min: 1, max: 6 }), (values, k) => {
      const sorted = values.map((_, i) => i).sort((a, b) => values[b]! - values[a]! || a - b);
      expect(largest(Float64Array.from(values), k)).toEqual(sorted.slice(0, k));
    }),
  );
});
