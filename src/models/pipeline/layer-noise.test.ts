import { expect, test } from "bun:test";
import { infoOf, modelOf, node, weight } from "../onnx/model-of.fixture.ts";
import { prepare } from "../quantize/prepare.ts";
import { CPU_PROFILE } from "../quantize/profiles.ts";
import { rangesOver } from "../quantize/ranges.fixture.ts";
import { feed, openTestOrt } from "../quantize/runs.fixture.ts";
import { layerNoise } from "./layer-noise.ts";
import { inPrecision } from "./precision.ts";

const { signal } = new AbortController();
const dims = [1, 6, 8, 8];

const network = () =>
  prepare(
    modelOf({
      opset: 13,
      inputs: { x: infoOf("x", "float", dims) },
      outputs: { y: infoOf("y", "float", [1, 4, 8, 8]) },
      weights: [weight("w1", [6, 6, 1, 1], 1), weight("w2", [4, 6, 1, 1], 2)],
      nodes: [
        node("Conv", ["x", "w1"], ["a"], {}, "first"),
        node("Relu", ["a"], ["r"]),
        node("Conv", ["r", "w2"], ["y"], {}, "second"),
      ],
    }),
  );

const samples = { count: 3, read: async (i: number) => ({ feeds: { x: feed(dims, i + 1) }, file: `${i}` }) };

test("what a layer gives is held against float: with all that came in, and by its own rounding", async () => {
  const ort = await openTestOrt();
  const prepared = network();
  const ranges = await rangesOver(ort, prepared, [{ x: feed(dims, 1) }, { x: feed(dims, 2) }]);
  const seen = new Map(
    [...ranges].map(([name, { min, max }]) => [
      name,
      { min, max, lowest: min, highest: max, deadChannels: 0 },
    ]),
  );
  const noise = async (exclude: string[]) => {
    const made = await inPrecision(prepared, prepared, {
      precision: "int8",
      profile: { ...CPU_PROFILE, firstLayer: "int8" },
      selection: { exclude },
      ranges: seen,
    });
    return layerNoise({ prepared, made, samples, threads: 1 }, ort, signal);
  };
  const [both, secondOnly] = [await noise([]), await noise(["first"])];
  expect([...both.keys()]).toEqual(["first", "second"]);
  expect(both.get("first")).toBeWithin(25, 60);
  expect(both.get("second")).toBeLessThan(both.get("first")!);
  expect(secondOnly.get("first")).toBe(Number.POSITIVE_INFINITY);
  expect(secondOnly.get("second")).toBeGreaterThan(both.get("second")!);
});

test("a model as it was has nothing to tell", async () => {
  const prepared = network();
  const made = { model: prepared, layers: [] };
  expect(await layerNoise({ prepared, made, samples, threads: 1 }, await openTestOrt(), signal)).toEqual(
    new Map(),
  );
});
