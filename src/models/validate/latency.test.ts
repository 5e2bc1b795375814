import { expect, test } from "bun:test";
import fc from "fast-check";
import { latencyOf, meansDiffer, measureLatency, percentile } from "./latency.ts";
import { runnerOf } from "./runner.fixture.ts";

test("percentiles by hand, as NumPy has them", () => {
  expect(percentile([1, 2, 3, 4], 50)).toBe(2.5);
  expect(percentile([1, 2, 3, 4], 90)).toBeCloseTo(3.7, 12);
  expect(percentile([7], 99)).toBe(7);
});

test("the figures of 1, 2 … 100 ms", () => {
  const times = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(latencyOf(times, 3)).toMatchObject({
    runs: 100,
    warmUp: 3,
    p50: 50.5,
    p90: expect.closeTo(90.1, 9),
    p99: expect.closeTo(99.01, 9),
    mean: 50.5,
    least: 1,
    most: 100,
    perSecond: expect.closeTo(1000 / 50.5, 9),
  });
});

test("percentiles rise, between the least and the most", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.001, max: 1e4, noNaN: true }), { minLength: 1 }), (times) => {
      const { least, p50, p90, p99, most } = latencyOf(times, 0);
      const rising = [least, p50, p90, p99, most];
      expect(rising.toSorted((a, b) => a - b)).toEqual(rising);
    }),
  );
});

/** Its runs take 1, 2, 3 … ms; the log says who ran when. */
function counting(name: string, log: string[]) {
  let ms = 0;
  return runnerOf(() => ({}), {
    name,
    run: async () => {
      log.push(name);
      ms++;
      return { outputs: {}, ms };
    },
  });
}

test("runners take turns; runs to warm up are not counted, and no other is lost", async () => {
  const log: string[] = [];
  const [a, b] = await measureLatency([counting("a", log), counting("b", log)], {}, { runs: 12, warmUp: 3 });
  expect([a!.runs, a!.warmUp, b!.runs]).toEqual([12, 3, 12]);
  expect(log.join("")).toBe(`aaabbbaaabbbaabb${"ab".repeat(7)}`);
  // Rounds of 1 + 2, 1 + 2, 1 + 1 and seven of 0 + 1 runs.
  expect(a!.times).toEqual([2, 3, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15]);
});

test("a runner that times itself is asked to", async () => {
  const plans: object[] = [];
  const self = runnerOf(() => ({}), {
    time: async (_feeds, plan) => {
      plans.push(plan);
      return Array<number>(plan.runs).fill(5);
    },
  });
  const [latency] = await measureLatency([self], {}, { runs: 2, warmUp: 1 });
  expect(latency).toMatchObject({ runs: 2, p50: 5 });
  expect(plans).toEqual([
    { runs: 1, warmUp: 1 },
    { runs: 1, warmUp: 0 },
  ]);
});

test("it ends when the signal does", async () => {
  const gone = new Error("stopped");
  await expect(measureLatency([runnerOf(() => ({}))], {}, {}, AbortSignal.abort(gone))).rejects.toBe(gone);
});

test("two means differ where they lie further apart than chance, and not for one slow run", () => {
  const steady = Array.from({ length: 100 }, (_, i) => 1 + (i % 10) / 100);
  const faster = steady.map((ms) => ms / 2);
  expect(meansDiffer(steady, faster)).toBe(true);
  expect(meansDiffer(steady, steady)).toBe(false);
  expect(meansDiffer([...steady.slice(1), 200], faster)).toBe(false);
  expect(meansDiffer([1], [2])).toBe(false);
});
