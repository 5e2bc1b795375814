import { expect, test } from "bun:test";
import { createCounter, createHistogram, observe } from "./tally.ts";

test("a series is one, however often it is asked for", async () => {
  const counter = createCounter("things_total", "Things.");
  counter.series({ kind: "a" }).value += 1;
  counter.series({ kind: "a" }).value += 2;
  counter.series({ kind: "b" });
  expect((await counter.get()).values).toEqual([
    { labels: { kind: "a" }, value: 3 },
    { labels: { kind: "b" }, value: 0 },
  ]);
});

test("a histogram's buckets hold what is at or below their bounds, each with those before it", async () => {
  const histogram = createHistogram("seconds", "How long.", [1, 2]);
  for (const value of [0.5, 1, 1.5, 2, 9]) observe(histogram.series({ of: "x" }), value);
  const values = (await histogram.get()).values.map(({ metricName, labels, value }) => [
    metricName,
    labels["le"],
    value,
  ]);
  expect(values).toEqual([
    ["seconds_bucket", 1, 2],
    ["seconds_bucket", 2, 4],
    ["seconds_bucket", "+Inf", 5],
    ["seconds_sum", undefined, 14],
    ["seconds_count", undefined, 5],
  ]);
});
