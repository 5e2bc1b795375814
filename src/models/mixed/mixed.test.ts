import { beforeAll, describe, expect, test } from "bun:test";
import { encodeModel } from "../onnx/encode.ts";
import { modelOf, node, weight } from "../onnx/model-of.fixture.ts";
import type { OnnxModel } from "../onnx/types.ts";
import type { Feeds, Ort, Value } from "../ort/types.ts";
import { CPU_PROFILE, TENSORRT_PROFILE } from "../quantize/profiles.ts";
import { quantize } from "../quantize/quantize.ts";
import { rangesOver } from "../quantize/ranges.fixture.ts";
import { feed, openTestOrt, run, sqnr } from "../quantize/runs.fixture.ts";
import type { Ranges } from "../quantize/types.ts";
import { keepFewest } from "./keep-fewest.ts";
import { sensitivityProbe } from "./probe.ts";
import { rankLayers } from "./sensitivity.ts";

let ort: Ort;
beforeAll(async () => {
  ort = await openTestOrt();
});

/** Layers of very different sensitivity: the input of the second has one value far from all others. */
const model = modelOf({
  opset: 17,
  inputs: { x: [1, 8, 6, 6] },
  outputs: { y: [1, 4] },
  nodes: [
    node("Conv", ["x", "w1", "b1"], ["a"], { pads: [1, 1, 1, 1] }, "spread"),
    node("Relu", ["a"], ["r"]),
    node("Conv", ["r", "w2"], ["c"], {}, "even"),
    node("GlobalAveragePool", ["c"], ["p"]),
    node("Flatten", ["p"], ["f"]),
    node("Gemm", ["f", "g"], ["y"], {}, "last"),
  ],
  weights: [
    weight("w1", [8, 8, 3, 3], 1),
    weight("b1", [8], 2),
    weight("w2", [8, 8, 3, 3], 3),
    weight("g", [8, 4], 4),
  ],
});
const samples = [1, 2, 3].map((seed) => ({ x: feed([1, 8, 6, 6], seed) }));

async function ranges(): Promise<Ranges> {
  const found = await rangesOver(ort, model, samples);
  return new Map(found).set("x", { min: -60, max: 60 });
}

const chosen = (layer: number): Value => ({ type: "int64", dims: [], data: BigInt64Array.of(BigInt(layer)) });

async function withProbe<Result>(
  model: OnnxModel,
  work: (runProbe: (feeds: Feeds, layer: number) => Promise<Feeds>) => Promise<Result>,
  input: string,
): Promise<Result> {
  const session = await ort.session(encodeModel(model), { threads: 1 });
  try {
    return await work((feeds, layer) => session.run({ ...feeds, [input]: chosen(layer) }));
  } finally {
    await session.close();
  }
}

describe("the probe", () => {
  test.each([CPU_PROFILE, TENSORRT_PROFILE])(
    "with no layer chosen is the float model; with one, that layer quantized ($engine)",
    async (profile) => {
      const measured = await ranges();
      const probe = sensitivityProbe(model, measured, profile);
      expect(probe.layers.map(({ name }) => name)).toEqual(["spread", "even", "last"]);
      await withProbe(
        probe.model,
        async (runProbe) => {
          for (const feeds of samples) {
            const float = await run(ort, model, feeds);
            expect(sqnr(float, await runProbe(feeds, -1))).toBeGreaterThan(100);
            for (const [place, { name }] of probe.layers.entries()) {
              const alone = quantize(model, measured, profile, { only: [name] }).model;
              // The same arithmetic, but for what the whole plan rounds behind the layer.
              const [lost, lostInProbe] = [await run(ort, alone, feeds), await runProbe(feeds, place)].map(
                (found) => sqnr(float, found),
              );
              expect(Math.abs(lost! - lostInProbe!)).toBeLessThan(profile === CPU_PROFILE ? 3 : 6);
            }
          }
        },
        probe.input,
      );
    },
  );

  test("layers that are left in float anyhow are not in it", async () => {
    const probe = sensitivityProbe(model, await ranges(), CPU_PROFILE, { exclude: ["even"] });
    expect(probe.layers.map(({ name }) => name)).toEqual(["spread", "last"]);
  });
});

test("layers are ranked by what the model loses when each is quantized alone", async () => {
  const measured = await ranges();
  const probe = sensitivityProbe(model, measured, CPU_PROFILE);
  const told: number[] = [];
  const ranked = await withProbe(
    probe.model,
    (runProbe) => rankLayers(probe, samples, runProbe, { progress: (runs) => told.push(runs) }),
    probe.input,
  );
  expect(ranked[0]).toEqual({ name: "spread", opType: "Conv", sqnr: expect.any(Number) });
  expect(ranked[0]!.sqnr).toBeLessThan(ranked[1]!.sqnr - 10);
  expect(told).toEqual(Array.from({ length: 9 }, (_, at) => at + 1));
});

test("outputs count alike, whatever their size", async () => {
  const probe = {
    model,
    input: "i",
    layers: [
      { name: "a", opType: "Conv" },
      { name: "b", opType: "Conv" },
    ],
  };
  const of = (boxes: number, scores: number) => ({
    boxes: { type: "float", data: [boxes] },
    scores: { type: "float", data: [scores] },
    places: { type: "int64", data: [7n] },
  });
  const runs = [of(600, 0.5), of(606, 0.5), of(600, 0.45)];
  const ranked = await rankLayers(probe, [0], async (_, layer) => runs[layer + 1]!);
  // a: a hundredth of the boxes, half of it on average; b: a tenth of the scores.
  expect(ranked.map(({ name, sqnr: decibels }) => [name, Math.round(decibels)])).toEqual([
    ["b", 23],
    ["a", 43],
  ]);
});

test("ranking ends when it is aborted", async () => {
  const probe = { model, input: "i", layers: [{ name: "a", opType: "Conv" }] };
  const signal = AbortSignal.abort(new Error("stop"));
  await expect(rankLayers(probe, [0], async () => ({}), { signal })).rejects.toThrow("stop");
});

describe("the search", () => {
  /** A model is the set of layers that are kept; each quantized layer adds its cost to the drop. */
  const search = (
    costs: Record<string, number>,
    tolerance: number,
    more: { maxEvaluations?: number } = {},
  ) => {
    const asked: string[] = [];
    return keepFewest<ReadonlySet<string>>({
      ranked: Object.keys(costs),
      build: (keep) => keep,
      async evaluate(keep) {
        asked.push([...keep].join(""));
        return Object.entries(costs).reduce((drop, [name, cost]) => (keep.has(name) ? drop : drop + cost), 0);
      },
      tolerance,
      ...more,
    }).then((found) => ({ ...found, model: [...found.model].join(""), asked }));
  };

  test("keeps nothing where nothing has to be kept", async () => {
    expect(await search({ a: 0.2, b: 0.1 }, 0.5)).toEqual({
      model: "",
      reached: true,
      drop: expect.closeTo(0.3, 9),
      allQuantized: expect.closeTo(0.3, 9),
      kept: [],
      evaluations: 1,
      asked: [""],
    });
  });

  test("keeps the shortest run of sensitive layers that is enough", async () => {
    const { kept, reached, drop, asked } = await search({ a: 4, b: 3, c: 2, d: 1, e: 0.5, f: 0.1 }, 1.7);
    expect(kept).toEqual([
      { name: "a", dropIfQuantized: expect.closeTo(5.6, 9) },
      { name: "b", dropIfQuantized: expect.closeTo(4.6, 9) },
      { name: "c", dropIfQuantized: expect.closeTo(3.6, 9) },
    ]);
    expect([reached, drop]).toEqual([true, expect.closeTo(1.6, 9)]);
    expect(asked).toEqual(["", "a", "ab", "abcd", "abc", "ab", "ac", "bc"]);
  });

  test("spares a layer that the ranking took for sensitive", async () => {
    const { model: kept, drop } = await search({ a: 0, b: 0, c: 5, d: 0.1 }, 1);
    expect([kept, drop]).toEqual(["c", expect.closeTo(0.1, 9)]);
  });

  test("says so where even float does not do, and gives the best", async () => {
    const found = await keepFewest({
      ranked: ["a", "b", "c"],
      build: (keep) => keep.size,
      evaluate: async (size) => [9, 5, 6, 7][size]!,
      tolerance: 1,
    });
    expect(found).toMatchObject({ reached: false, drop: 5, allQuantized: 9, model: 1, evaluations: 4 });
    expect(found.kept.map(({ name }) => name)).toEqual(["a"]);
  });

  test("stops when its evaluations are used up, with what it has", async () => {
    const costs = Object.fromEntries(
      Array.from({ length: 26 }, (_, at) => [String.fromCharCode(97 + at), 1]),
    );
    const found = await search(costs, 10, { maxEvaluations: 8 });
    expect(found.evaluations).toBeLessThanOrEqual(8);
    expect([found.reached, found.drop <= 10]).toEqual([true, true]);
    expect(found.kept.some(({ dropIfQuantized }) => dropIfQuantized === undefined)).toBe(true);
  });

  test("ends when it is aborted", async () => {
    const signal = AbortSignal.abort(new Error("stop"));
    const work = keepFewest({ ranked: ["a"], build: () => 0, evaluate: async () => 1, tolerance: 0, signal });
    await expect(work).rejects.toThrow("stop");
  });

  test("brings a real model back within its tolerance", async () => {
    const measured = await ranges();
    const float = await Promise.all(samples.map((feeds) => run(ort, model, feeds)));
    const found = await keepFewest({
      ranked: ["spread", "even", "last"],
      build: (keep) => quantize(model, measured, CPU_PROFILE, { keep }).model,
      async evaluate(made) {
        const ratios = await Promise.all(
          samples.map(async (feeds, at) => sqnr(float[at]!, await run(ort, made, feeds))),
        );
        return 40 - Math.min(...ratios);
      },
      tolerance: 12,
    });
    expect(found.kept.map(({ name }) => name)).toEqual(["spread"]);
    expect([found.allQuantized > 12, found.reached]).toEqual([true, true]);
  });
});
