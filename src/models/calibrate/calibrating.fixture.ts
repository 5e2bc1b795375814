import { afterAll, beforeAll } from "bun:test";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import type { Samples } from "../data/types.ts";
import { floats, modelOf, node } from "../onnx/model-of.fixture.ts";
import type { OnnxModel } from "../onnx/types.ts";
import { openOrt } from "../ort/open-ort.ts";
import type { Ort } from "../ort/types.ts";
import { type CalibrateOptions, type CalibrateWorld, calibrate } from "./calibrate.ts";

/** Each list is what input `x` is fed with. */
export const samplesOf = (lists: number[][], digest = crypto.randomUUID()): Samples => ({
  count: lists.length,
  skipped: [],
  digest,
  read: async (i) => ({
    feeds: { x: { type: "float", dims: [1, lists[i]!.length], data: Float32Array.from(lists[i]!) } },
    file: `sample ${i}`,
  }),
});

/** y = Relu(x·2), z = Log(x + 1), k = y·0 */
export const made: OnnxModel = modelOf({
  inputs: { x: [1, 2] },
  outputs: { z: [1, 2] },
  weights: [floats("two", [1], [2]), floats("one", [1], [1]), floats("zero", [1], [0])],
  nodes: [
    node("Mul", ["x", "two"], ["m"]),
    node("Relu", ["m"], ["y"]),
    node("Mul", ["y", "zero"], ["k"]),
    node("Add", ["x", "one"], ["a"]),
    node("Log", ["a"], ["z"]),
  ],
});

/** Calibrates by ONNX Runtime, with one cache for all tests of the file. */
export function calibrating() {
  const cache = tempDir();
  let ort: Ort;
  beforeAll(async () => {
    ort = await openOrt({ cacheDir: cache.path });
  });
  afterAll(() => cache[Symbol.asyncDispose]());
  return {
    cache,
    run: (
      samples: Samples,
      options: Partial<CalibrateOptions> = {},
      world: Partial<CalibrateWorld> = {},
      model = made,
    ) =>
      calibrate(
        model,
        samples,
        { tensors: ["x", "m", "y"], method: "minmax", symmetric: false, cacheDir: cache.path, ...options },
        { ort, ...world },
      ),
  };
}
