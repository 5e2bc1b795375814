import { expect, test } from "bun:test";
import { binned, linearScale } from "./scale.ts";

test("an axis ends at a round value at or above the greatest", () => {
  expect(linearScale(87, 100)).toMatchObject({ ticks: [0, 25, 50, 75, 100], most: 100 });
  expect(linearScale(4, 100)).toMatchObject({ ticks: [0, 1, 2, 3, 4], most: 4 });
  expect(linearScale(0.0031, 100).ticks).toEqual([0, 0.001, 0.002, 0.003, 0.004]);
  expect(linearScale(50, 200).at(25)).toBeCloseTo(83.33, 1);
});

test("an axis of nothing still has a length", () => {
  expect(linearScale(0, 100).most).toBeGreaterThan(0);
});

test("bins count every value once; what lies beyond is in the last", () => {
  const bins = binned([0, 0.9, 1, 9.99, 10, 500], 0, 10, 10);
  expect(bins.map(({ count }) => count)).toEqual([2, 1, 0, 0, 0, 0, 0, 0, 0, 3]);
  expect(bins[1]).toEqual({ from: 1, to: 2, count: 1 });
});
