import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { utimes } from "node:fs/promises";
import { basename, join } from "node:path";
import { resolveInputs } from "../data/input-shapes.ts";
import { openSamples } from "../data/open-samples.ts";
import { preprocessingOf } from "../data/preprocessing.ts";
import type { Samples } from "../data/types.ts";
import { infoOf, modelOf, node } from "../onnx/model-of.fixture.ts";
import { readModel } from "../onnx/read-model.ts";
import type { OnnxModel } from "../onnx/types.ts";
import { cifarImages, resnet20Model } from "../real-models.fixture.ts";
import { calibrating, samplesOf } from "./calibrating.fixture.ts";

const { cache, run } = calibrating();

test("the extremes of inputs and of what is inside", async () => {
  const { ranges, warnings } = await run(
    samplesOf([
      [1, 2],
      [-3, 0.5],
    ]),
  );
  expect(ranges.get("x")).toMatchObject({ min: -3, max: 2 });
  expect(ranges.get("m")).toMatchObject({ min: -6, max: 4 });
  expect(ranges.get("y")).toMatchObject({ min: 0, max: 4, lowest: 0, highest: 4 });
  expect(warnings[0]).toStartWith("only 2 calibration samples");
});

test("what never changes is told", async () => {
  const { findings } = await run(
    samplesOf([
      [1, 2],
      [3, 4],
    ]),
    { tensors: ["k", "y"] },
  );
  expect(findings).toEqual([
    { tensor: "k", kind: "constant", text: 'tensor "k" is 0 for every sample (dead)' },
  ]);
});

test("activations that are no numbers are named with the tensor and the file", async () => {
  await expect(
    run(
      samplesOf([
        [1, 2],
        [-2, 2],
      ]),
      { tensors: ["y", "z"] },
    ),
  ).rejects.toMatchObject({
    message: 'the float model itself gives NaN in tensor "z"',
    where: "sample 1",
  });
  await expect(
    run(
      samplesOf([
        [1, 2],
        [-1, 2],
      ]),
      { tensors: ["z"] },
    ),
  ).rejects.toThrow("gives -Infinity");
  await expect(run(samplesOf([[1, Number.NaN]]))).rejects.toMatchObject({
    message: 'the values for input "x" hold NaN',
    where: "sample 0",
  });
});

test("passes and models of long ago make room", async () => {
  const [old, young] = ["0".repeat(64), "1".repeat(64)].map((name) =>
    join(cache.path, `calibration/${name}.pass`),
  );
  const crashed = join(cache.path, "calibration/model-of-a-crash");
  await Bun.write(old!, "old");
  await Bun.write(young!, "young");
  await Bun.write(join(crashed, "model.onnx"), "m");
  const longAgo = Date.now() / 1000 - 61 * 86_400;
  for (const path of [old!, crashed]) await utimes(path, longAgo, longAgo);
  await run(samplesOf([[1, 2]]));
  const left = readdirSync(join(cache.path, "calibration"));
  expect(left).not.toContain(basename(old!));
  expect(left).not.toContain(basename(crashed));
  expect(left).toContain(basename(young!));
});

test("a tensor that the model does not make is refused", async () => {
  await expect(run(samplesOf([[1, 2]]), { tensors: ["nowhere"] })).rejects.toMatchObject({
    where: "nowhere",
  });
  await expect(run(samplesOf([]))).rejects.toThrow("there are no samples to calibrate with");
});

test("tensors of half precision are watched too", async () => {
  const half = modelOf({
    inputs: { x: [1, 2] },
    outputs: { h: infoOf("h", "float16", [1, 2]) },
    nodes: [node("Cast", ["x"], ["h"], { to: 10 }), node("Neg", ["h"], ["n"])],
  });
  half.graph.outputs = [infoOf("n", "float16", [1, 2])];
  const { ranges } = await run(samplesOf([[1, 2]]), { tensors: ["h", "n"] }, {}, half);
  expect(ranges.get("n")).toMatchObject({ min: -2, max: -1 });
});

describe("a pass is kept by its content", () => {
  const lists = Array.from({ length: 6 }, (_, i) => [i, -i]);

  test("one that ended is used for every method", async () => {
    const samples = samplesOf(lists);
    const first = await run(samples, { method: "mse" });
    const never = { ...samples, read: () => Promise.reject(new Error("read again")) };
    const again = await run(never, { method: "mse" });
    expect(again.reused).toBe(6);
    expect(again.ranges).toEqual(first.ranges);
    expect((await run(never, { method: "percentile", symmetric: true })).reused).toBe(6);
    await expect(run(never, { method: "mse", resume: false })).rejects.toThrow("read again");
    await expect(run({ ...never, digest: "other" }, { method: "mse" })).rejects.toThrow("read again");
  });

  test("one that was stopped goes on where it was, to the same ranges", async () => {
    const samples = samplesOf(lists);
    const stop = new AbortController();
    const progress = ({ done }: { done: number }) => done === 3 && stop.abort(new Error("stopped"));
    await expect(run(samples, { method: "entropy" }, { progress, signal: stop.signal })).rejects.toThrow(
      "stopped",
    );
    const rest = await run(samples, { method: "entropy" });
    expect(rest.reused).toBe(3);
    const whole = await run(samples, { method: "entropy", resume: false });
    expect(rest.ranges).toEqual(whole.ranges);
  });

  test("a damaged one is made again, and nothing partial is left", async () => {
    const samples = samplesOf(lists);
    const folder = join(cache.path, "calibration");
    const before = new Set(readdirSync(folder));
    await run(samples);
    const [file, ...more] = readdirSync(folder).filter((name) => !before.has(name));
    expect(more).toEqual([]);
    await Bun.write(join(folder, file!), "damaged");
    expect((await run(samples)).reused).toBe(0);
  });
});

describe("ResNet-20 on CIFAR-10", () => {
  const tensors = ["input", "relu1", "layer1.0.bn2", "layer3.2.out", "logits"];

  async function images(): Promise<{ model: OnnxModel; samples: Samples }> {
    const model = await readModel(resnet20Model);
    const inputs = resolveInputs([{ name: "input", type: "float", dims: ["N", 3, 32, 32] }], []);
    const how = preprocessingOf({ scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] });
    return { model, samples: await openSamples(cifarImages.calibration, inputs, how) };
  }

  test("threads of its own see what this thread sees", async () => {
    const { model, samples } = await images();
    const options = {
      tensors: tensors.filter((name) => hasTensor(model, name)),
      method: "entropy" as const,
      resume: false,
    };
    const alone = await run(samples, { ...options, threads: 1 }, {}, model);
    const together = await run(samples, { ...options, threads: 2 }, {}, model);
    expect(alone.ranges.size).toBeGreaterThan(3);
    for (const [name, range] of together.ranges) {
      const { min, max, lowest, highest } = alone.ranges.get(name)!;
      for (const [got, want] of [
        [range.min, min],
        [range.max, max],
        [range.lowest, lowest],
        [range.highest, highest],
      ]) {
        expect(Math.abs(got! - want!)).toBeLessThan(1e-3 * (highest - lowest));
      }
    }
    expect(alone.ranges.get("input")).toMatchObject({
      lowest: Math.fround(-0.485 / 0.229),
      deadChannels: 0,
      channels: 3,
    });
    expect(together.warnings).toEqual([]);
  });

  test("what fails in a thread of its own is told as it is here", async () => {
    const { model, samples } = await images();
    const spoiled: Samples = {
      ...samples,
      digest: "spoiled",
      async read(i) {
        const sample = await samples.read(i);
        if (i === 150) (sample.feeds["input"]!.data as Float32Array)[5] = Number.NaN;
        return sample;
      },
    };
    await expect(run(spoiled, { tensors: ["input", "relu1"], threads: 2 }, {}, model)).rejects.toMatchObject({
      message: 'the values for input "input" hold NaN',
      where: (await samples.read(150)).file,
    });
  });
});

const hasTensor = ({ graph }: OnnxModel, name: string): boolean =>
  graph.inputs.some((input) => input.name === name) ||
  graph.nodes.some(({ outputs }) => outputs.includes(name));
