import { expect, test } from "bun:test";
import type { Feeds } from "../ort/types.ts";
import { batchOf, firstOfBatch } from "./batch.ts";
import { floats } from "./runner.fixture.ts";

const zeros = (...dims: number[]) => floats(dims, new Float32Array(dims.reduce((a, b) => a * b, 1)));

test("a batch is what all inputs begin with", () => {
  expect(batchOf({ a: zeros(4, 3), b: zeros(4, 2, 2), length: zeros(1) })).toBe(4);
  expect(batchOf({ a: zeros(4, 3), b: zeros(2, 3) })).toBe(1);
  expect(batchOf({ a: zeros(1, 3) })).toBe(1);
  expect(batchOf({ a: zeros(8) })).toBe(1);
  expect(batchOf({})).toBe(1);
});

test("of outputs with a batch the first item is taken", () => {
  const outputs: Feeds = {
    scores: floats([2, 3], [1, 2, 3, 4, 5, 6]),
    names: { type: "string", dims: [2], data: ["a", "b"] },
    whole: floats([3], [7, 8, 9]),
  };
  expect(firstOfBatch(outputs, 2)).toEqual({
    scores: floats([1, 3], [1, 2, 3]),
    names: { type: "string", dims: [1], data: ["a"] },
    whole: floats([3], [7, 8, 9]),
  });
  expect(firstOfBatch(outputs, 1)).toBe(outputs);
});
