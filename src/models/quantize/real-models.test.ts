import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { calibrate } from "../calibrate/calibrate.ts";
import { openSamples } from "../data/open-samples.ts";
import { preprocessingOf } from "../data/preprocessing.ts";
import type { Samples } from "../data/types.ts";
import { encodeModel } from "../onnx/encode.ts";
import { readModel } from "../onnx/read-model.ts";
import type { OnnxModel } from "../onnx/types.ts";
import type { Feeds, Ort } from "../ort/types.ts";
import { cifarImages, digits, mnistModel, resnet20Model } from "../real-models.fixture.ts";
import { prepare } from "./prepare.ts";
import { CPU_PROFILE, TENSORRT_PROFILE } from "./profiles.ts";
import { quantize } from "./quantize.ts";
import { rangesOver } from "./ranges.fixture.ts";
import { kernels, openTestOrt } from "./runs.fixture.ts";
import type { QuantizationProfile } from "./types.ts";

let ort: Ort;
let folder: string;
beforeAll(async () => {
  ort = await openTestOrt();
  folder = await mkdtemp(join(tmpdir(), "quantize-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Labelled {
  feeds: Feeds;
  label?: string;
}

/** The share of samples, in percent, whose greatest output is that of their class. */
async function top1(
  model: OnnxModel,
  samples: readonly Labelled[],
  classes: readonly string[],
): Promise<number> {
  const session = await ort.session(encodeModel(model));
  try {
    const outputs: Feeds[] = [];
    for (const { feeds } of samples) outputs.push(await session.run(feeds));
    const right = outputs.filter((output, at) => {
      const scores = [...Object.values(output)[0]!.data].map(Number);
      return classes[scores.indexOf(Math.max(...scores))] === samples[at]!.label;
    });
    return (100 * right.length) / samples.length;
  } finally {
    await session.close();
  }
}

test("MNIST: no digit is lost, every layer runs in integers", async () => {
  const model = prepare(await readModel(mnistModel));
  const all = await digits(500);
  const classes = Array.from({ length: 10 }, (_, digit) => String(digit));
  const ranges = await rangesOver(
    ort,
    model,
    all.slice(0, 100).map(({ feeds }) => feeds),
  );
  const float = await top1(model, all, classes);
  for (const profile of [CPU_PROFILE, TENSORRT_PROFILE]) {
    const { model: made } = quantize(model, ranges, profile);
    expect(float - (await top1(made, all, classes))).toBeLessThanOrEqual(0.5);
  }
  const whole = quantize(model, ranges, { ...CPU_PROFILE, firstLayer: "int8" });
  expect(await kernels(ort, whole.model)).toMatchObject({ QLinearConv: 2, QGemm: 1 });
});

describe("ResNet-20 on CIFAR-10", () => {
  const classes = "airplane automobile bird cat deer dog frog horse ship truck".split(" ");
  const input = { name: "input", type: "float" as const, dims: [1, 3, 32, 32] };
  let model: OnnxModel;
  let calibration: Samples;
  let images: Labelled[];
  let float: number;

  beforeAll(async () => {
    model = prepare(await readModel(resnet20Model));
    calibration = await openSamples(cifarImages.calibration, [input], preprocessingOf("imagenet"));
    const samples = await openSamples(cifarImages.test, [input], preprocessingOf("imagenet"));
    images = await Promise.all(Array.from({ length: samples.count }, (_, at) => samples.read(at)));
    float = await top1(model, images, classes);
  });

  /** Of 200 images, one is half a point; signed activations have a bit less behind a Relu. */
  const profiles: [string, QuantizationProfile, points: number][] = [
    ["ONNX Runtime", CPU_PROFILE, 0.5],
    ["ONNX Runtime, 7 bits", { ...CPU_PROFILE, reduceRange: true }, 0.5],
    ["TensorRT", TENSORRT_PROFILE, 1],
  ];
  const tensors = () => model.graph.nodes.map(({ outputs }) => outputs[0]!);

  test.each(profiles)(
    "%s: as good as float, a point less at most",
    async (_, profile, points) => {
      const symmetric = profile.activations === "s8-symmetric";
      const { ranges } = await calibrate(
        model,
        calibration,
        { tensors: ["input", ...tensors()], method: "mse", symmetric, cacheDir: folder },
        { ort },
      );
      const { model: made } = quantize(model, ranges, profile);
      expect(float - (await top1(made, images, classes))).toBeLessThanOrEqual(points);
    },
    60_000,
  );

  test("every layer and every way around one runs in integers", async () => {
    const samples = await Promise.all([0, 50, 100, 150].map((at) => calibration.read(at)));
    const ranges = await rangesOver(
      ort,
      model,
      samples.map(({ feeds }) => feeds),
    );
    const whole = quantize(model, ranges, { ...CPU_PROFILE, firstLayer: "int8" });
    expect(await kernels(ort, whole.model)).toEqual({
      Transpose: 2,
      QLinearConv: 19,
      QLinearAdd: 9,
      Slice: 2,
      Pad: 2,
      DequantizeLinear: 2,
      QuantizeLinear: 3,
      QLinearGlobalAveragePool: 1,
      Flatten: 1,
      QGemm: 1,
    });
    const { model: made, layers } = quantize(model, ranges, CPU_PROFILE);
    expect(await kernels(ort, made)).toMatchObject({ QLinearConv: 18, QLinearAdd: 9, QGemm: 1 });
    expect(layers.filter(({ precision }) => precision === "float")).toEqual([
      { name: "conv1", opType: "Conv", precision: "float", reason: "it is the first layer" },
    ]);
  });
});
