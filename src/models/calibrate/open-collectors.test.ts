import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { floats, modelOf, node } from "../onnx/model-of.fixture.ts";
import { openOrt } from "../ort/open-ort.ts";
import type { Observations } from "./collector.ts";
import { settle } from "./observation.ts";
import { watchedFile } from "./open-collectors.ts";
import { watchedModel } from "./watched-model.ts";

const model = (factor: number) =>
  modelOf({
    inputs: { x: [1, 600] },
    outputs: { y: [1, 600] },
    weights: [
      floats(
        "w",
        [600],
        Array.from({ length: 600 }, (_, i) => i * factor),
      ),
    ],
    nodes: [node("Mul", ["x", "w"], ["y"])],
  });
const sample = {
  file: "one",
  feeds: { x: { type: "float" as const, dims: [1, 600], data: new Float32Array(600).fill(1) } },
};
const extremes = (observations: Observations) =>
  [...observations].map(([name, seen]) => {
    settle(seen);
    return [name, seen.lowest, seen.highest, seen.counts.reduce((sum, count) => sum + count, 0)];
  });

test("a model too large for memory is run from a file that is gone afterwards, and sees the same", async () => {
  await using folder = tempDir();
  const ort = await openOrt({ cacheDir: folder.path });
  const watched = watchedModel(model(1), ["x", "y"]);
  const options = { ort, cacheDir: folder.path, histograms: true, samples: 1, threads: 1 };
  const seen = [];
  for (const limit of [undefined, 0]) {
    const [collector] = await watchedFile(watched, limit).open(options);
    if (limit === 0) expect(readdirSync(join(folder.path, "calibration"))).toHaveLength(1);
    await collector!.add(sample);
    seen.push(extremes(await collector!.take()));
    await collector!.close();
  }
  expect(seen[0]).toEqual([
    ["x", 1, 1, 600],
    ["y", 0, 599, 600],
  ]);
  expect(seen[1]).toEqual(seen[0]!);
  expect(readdirSync(join(folder.path, "calibration"))).toEqual([]);
});

test("the digest is that of the weights too, wherever they are", () => {
  for (const limit of [undefined, 0]) {
    const of = (factor: number) => watchedFile(watchedModel(model(factor), ["y"]), limit).digest;
    expect(of(1)).toBe(of(1));
    expect(of(1)).not.toBe(of(2));
  }
});
