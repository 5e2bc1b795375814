import { expect, test } from "bun:test";
import { modelOf, node, weight } from "../../onnx/model-of.fixture.ts";
import { CPU_PROFILE, TENSORRT_PROFILE } from "../profiles.ts";
import { quantize } from "../quantize.ts";
import type { Ranges } from "../types.ts";

/** Two parts joined; `left` goes elsewhere too. */
const joined = modelOf({
  inputs: { x: [1, 8, 5, 5] },
  outputs: { y: [1, 4, 5, 5], z: [1, 8, 5, 5] },
  nodes: [
    node("Conv", ["x", "w1"], ["left"]),
    node("Conv", ["x", "w2"], ["right"]),
    node("Conv", ["left", "w4"], ["z"]),
    node("Concat", ["left", "right"], ["both"], { axis: 1 }),
    node("Conv", ["both", "w3"], ["y"]),
  ],
  weights: [
    weight("w1", [4, 8, 1, 1], 1),
    weight("w2", [4, 8, 1, 1], 2),
    weight("w3", [4, 8, 1, 1], 3),
    weight("w4", [8, 4, 1, 1], 4),
  ],
});
const rangesWith = (left: number, right: number): Ranges =>
  new Map(
    [
      ["x", 1] as const,
      ["left", left] as const,
      ["right", right] as const,
      ["both", Math.max(left, right)] as const,
      ["y", 1] as const,
      ["z", 1] as const,
    ].map(([name, size]) => [name, { min: -size, max: size }]),
  );
const scaleOf = (left: number, right: number, profile = CPU_PROFILE) => {
  const { scales } = quantize(joined, rangesWith(left, right), profile);
  return (name: string) => scales.get(name)?.scale;
};

test("parts of like size share the scale of the whole", () => {
  const scale = scaleOf(3, 4);
  expect([scale("left"), scale("right")]).toEqual([scale("both"), scale("both")]);
});

test("a small part that goes elsewhere too keeps its own scale", () => {
  const scale = scaleOf(0.5, 8);
  expect(scale("right")).toBe(scale("both"));
  expect(scale("left")).toBe(Math.fround(1 / 255));
});

test("a small part that goes nowhere else takes the scale that it is put into", () => {
  const scale = scaleOf(8, 0.5);
  expect([scale("left"), scale("right")]).toEqual([scale("both"), scale("both")]);
});

test("a part without negative values keeps its own: a Relu dissolves at zero only", () => {
  const ranges = new Map(rangesWith(4, 4)).set("left", { min: 0, max: 4 });
  const { scales } = quantize(joined, ranges, CPU_PROFILE);
  expect(scales.get("left")).toEqual({ scale: Math.fround(4 / 255), zeroPoint: 0 });
  expect(scales.get("right")).toEqual(scales.get("both")!);
});

test("for TensorRT the whole has the scale of a part that is quantized for another", () => {
  const scale = scaleOf(3, 4, TENSORRT_PROFILE);
  expect([scale("left"), scale("right")]).toEqual([scale("both"), undefined]);
  expect(scale("both")).toBe(Math.fround(4 / 127));
});

test("values of one scale have one initializer for it", () => {
  const { model } = quantize(joined, rangesWith(3, 4), CPU_PROFILE);
  const used = model.graph.nodes
    .filter(({ opType }) => opType === "QuantizeLinear")
    .map(({ inputs }) => inputs[1]);
  expect(new Set(used).size).toBe(4);
});
