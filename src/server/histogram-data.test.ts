import { expect, test } from "bun:test";
import { quantile } from "./histogram-data.ts";

const data = (...counts: number[]) => {
  const bounds = [1, 2, 4, Number.POSITIVE_INFINITY];
  return { count: counts.at(-1)!, sum: 0, buckets: counts.map((count, i) => ({ upTo: bounds[i]!, count })) };
};

test.each([
  ["nothing observed", data(0, 0, 0, 0), 0.5, 0],
  ["within the first bucket, from 0", data(10, 10, 10, 10), 0.5, 0.5],
  ["within a later bucket", data(0, 10, 10, 10), 0.5, 1.5],
  ["over empty buckets", data(5, 5, 10, 10), 0.75, 3],
  ["exactly at a bound", data(5, 10, 10, 10), 0.5, 1],
  ["above the last bound: that bound", data(0, 0, 0, 10), 0.99, 4],
])("%s", (_, histogram, q, expected) => {
  expect(quantile(histogram, q)).toBe(expected);
});
