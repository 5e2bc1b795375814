import { expect, test } from "bun:test";
import fc from "fast-check";
import { modelOf, node } from "../onnx/model-of.fixture.ts";
import { derivations, derive } from "./derivations.ts";
import { newObservation, observe, observeChannels, settle } from "./observation.ts";

const seenIn = (values: Float32Array) => {
  const seen = newObservation(true);
  observe(seen, values);
  settle(seen);
  return seen;
};

test("what follows from a Relu is what would have been seen behind it", () => {
  const value = fc.float({ min: -1000, max: 1000, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), (list) => {
      const values = Float32Array.from(list);
      const derived = newObservation(false);
      derive(derived, seenIn(values), true);
      const own = seenIn(values.map((each) => Math.max(0, each)));
      expect([derived.lowest, derived.highest].map((limit) => limit + 0)).toEqual([
        own.lowest + 0,
        own.highest + 0,
      ]);
      const total = own.counts.reduce((sum, count) => sum + count, 0);
      expect(derived.counts.reduce((sum, count) => sum + count, 0)).toBe(total);
      if (derived.exponent === own.exponent) expect([...derived.counts]).toEqual([...own.counts]);
    }),
  );
});

test("chains lead back to the tensor that is looked at; nothing follows from one that is not asked for", () => {
  const { graph } = modelOf({
    inputs: { x: [1, 2] },
    outputs: { f: [1, 2] },
    nodes: [
      node("Relu", ["x"], ["r"]),
      node("Identity", ["r"], ["i"]),
      node("Flatten", ["i"], ["f"]),
      node("Neg", ["f"], ["n"]),
    ],
  });
  expect([...derivations(graph, new Set(["x", "r", "i", "f", "n"]))]).toEqual([
    ["r", { from: "x", relu: true, sameShape: true }],
    ["i", { from: "x", relu: true, sameShape: true }],
    ["f", { from: "x", relu: true, sameShape: false }],
  ]);
  expect([...derivations(graph, new Set(["r", "f"])).keys()]).toEqual([]);
});

test("a channel that is never above zero is dead behind the Relu", () => {
  const behind = newObservation(false);
  const shape = { channels: 3, plane: 2, relu: true };
  observeChannels(behind, Float32Array.of(-1, -2, 3, 3, -1, 1), shape);
  observeChannels(behind, Float32Array.of(-3, 0, 3, 3, -1, -1), shape);
  expect([...behind.steady!]).toEqual([0, 3, Number.NaN]);
});
