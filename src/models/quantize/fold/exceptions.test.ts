import { beforeAll, describe, expect, test } from "bun:test";
import { floats, infoOf, type ModelSketch, modelOf, node, weight } from "../../onnx/model-of.fixture.ts";
import type { Ort } from "../../ort/types.ts";
import { prepare } from "../prepare.ts";
import { feed, openTestOrt, operators, run, sqnr } from "../runs.fixture.ts";

let ort: Ort;
beforeAll(async () => {
  ort = await openTestOrt();
});

async function lost(sketch: () => ModelSketch, x: number[]) {
  const feeds = { x: feed(x) };
  const prepared = prepare(modelOf(sketch()));
  const found = sqnr(await run(ort, modelOf(sketch()), feeds), await run(ort, prepared, feeds));
  return { prepared, found };
}

describe("a Gemm whose bias is no list of channels", () => {
  test.each([
    [3, [3, 1]],
    [3, [3, 3]],
    [2, [2, 3]],
  ])("for %d rows, %p: what is multiplied behind it stays there", async (rows, dims) => {
    const sketch = () => ({
      inputs: { x: [rows, 5] },
      outputs: { y: [rows, 3] },
      nodes: [node("Gemm", ["x", "w", "c"], ["g"]), node("Mul", ["g", "k"], ["y"])],
      weights: [weight("w", [5, 3], 1), weight("c", dims, 2), floats("k", [3], [1, 2, 3])],
    });
    const { prepared, found } = await lost(sketch, [rows, 5]);
    expect(operators(prepared)).toEqual({ Gemm: 1, Mul: 1 });
    expect(found).toBeGreaterThan(120);
  });

  test("a row of two dimensions is such a list", async () => {
    const sketch = () => ({
      inputs: { x: [3, 5] },
      outputs: { y: [3, 3] },
      nodes: [node("Gemm", ["x", "w", "c"], ["g"]), node("Mul", ["g", "k"], ["y"])],
      weights: [weight("w", [5, 3], 1), weight("c", [1, 3], 2), floats("k", [3], [1, 2, 3])],
    });
    const { prepared, found } = await lost(sketch, [3, 5]);
    expect(operators(prepared)).toEqual({ Gemm: 1 });
    expect(found).toBeGreaterThan(120);
  });
});

test("weights that the caller gets to see keep their values", async () => {
  const sketch = () => ({
    inputs: { x: [1, 3, 8, 8] },
    outputs: { y: [], w: [] },
    nodes: [node("Conv", ["x", "w", "b"], ["c"]), node("Mul", ["c", "two"], ["y"])],
    weights: [weight("w", [4, 3, 3, 3], 1), weight("b", [4], 2), floats("two", [], [2])],
  });
  const { prepared, found } = await lost(sketch, [1, 3, 8, 8]);
  expect(operators(prepared)).toEqual({ Conv: 1 });
  expect(found).toBeGreaterThan(120);
});

describe("BatchNormalization that lists what only training gives", () => {
  const normalized = (...more: string[]) => ({
    opset: 9,
    irVersion: 4,
    inputs: { x: [1, 3, 8, 8] },
    outputs: Object.fromEntries(["y", ...more].map((name) => [name, []])),
    nodes: [
      node("Conv", ["x", "w"], ["c"], { pads: [1, 1, 1, 1] }),
      node("BatchNormalization", ["c", "g", "b", "m", "v"], ["y", "mean", "var", "saved_mean", "saved_var"]),
    ],
    weights: [
      weight("w", [4, 3, 3, 3], 1),
      floats("g", [4], [1, 2, 0.5, 1]),
      floats("b", [4], [0, 1, 0, -1]),
      floats("m", [4], [0.1, 0, 0.2, 0]),
      floats("v", [4], [1, 2, 0.5, 1]),
    ],
  });

  test.each([13, 19])("normalizes by the batch, and goes on doing so in opset %d", async (opset) => {
    const sketch = () => {
      const { weights, ...rest } = normalized();
      // Far from the statistics of the batch.
      return { ...rest, weights: [...weights.slice(0, -2), floats("m", [4], [5, 5, 5, 5]), weights.at(-1)!] };
    };
    const feeds = { x: feed([1, 3, 8, 8]) };
    const prepared = prepare(modelOf(sketch()), opset);
    expect(operators(prepared)).toEqual({ Conv: 1, BatchNormalization: 1 });
    const [old, now] = [await run(ort, modelOf(sketch()), feeds), await run(ort, prepared, feeds)];
    expect(sqnr(old, now)).toBeGreaterThan(120);
  });

  test("is refused where what it saves for training is taken", () => {
    expect(() => prepare(modelOf(normalized("saved_mean")), 19)).toThrow(
      /what it saves for its training is taken/,
    );
  });
});

describe("the factors of a Resize of opset 10 say how it rounds", () => {
  const resized = (factors: number[], made: ReturnType<typeof node>[]) => ({
    opset: 10,
    irVersion: 5,
    inputs: { x: [1, 1, 5, 5] },
    outputs: { y: infoOf("y", "float", ["n", "c", "h", "w"]) },
    nodes: [...made, node("Resize", ["x", made.at(-1)?.outputs[0] ?? "s0"], ["y"], { mode: "nearest" })],
    weights: [floats("s0", [4], factors), floats("one", [], [1])],
  });

  test.each([[[1, 1, 0.6, 0.6]], [[1, 1, 1.7, 1.7]]])(
    "where they are made of constants: %p",
    async (factors) => {
      const made = [node("Identity", ["s0"], ["s1"]), node("Mul", ["s1", "one"], ["s2"])];
      expect((await lost(() => resized(factors, made), [1, 1, 5, 5])).found).toBe(Number.POSITIVE_INFINITY);
    },
  );

  test("where they are not known, it is refused", () => {
    const made = [node("Shape", ["x"], ["dims"]), node("Cast", ["dims"], ["s"], { to: 1 })];
    expect(() => prepare(modelOf(resized([1, 1, 1, 1], made)))).toThrow(
      /from opset 10 to 13: its factors are worked out as the model runs/,
    );
  });

  test("what was an Upsample makes nothing smaller", async () => {
    const sketch = () => ({
      opset: 9,
      irVersion: 4,
      inputs: { x: [1, 1, 3, 3], s: [4] },
      outputs: { y: infoOf("y", "float", ["n", "c", "h", "w"]) },
      nodes: [node("Upsample", ["x", "s"], ["y"], { mode: "nearest" })],
    });
    const feeds = {
      x: feed([1, 1, 3, 3]),
      s: { type: "float" as const, dims: [4], data: Float32Array.of(1, 1, 2, 2) },
    };
    const [old, now] = [modelOf(sketch()), prepare(modelOf(sketch()))];
    expect(sqnr(await run(ort, old, feeds), await run(ort, now, feeds))).toBe(Number.POSITIVE_INFINITY);
  });
});
