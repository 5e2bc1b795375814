import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { systemClock } from "../../base/clock.ts";
import { npy } from "../data/made-files.fixture.ts";
import { floats, modelOf, node, weight } from "../onnx/model-of.fixture.ts";
import { writeModel } from "../onnx/write-model.ts";
import { deployModel } from "../pipeline.ts";
import { cifarImages, resnet20Model } from "../real-models.fixture.ts";
import { target } from "../targets/cpu/index.ts";
import { testWorld } from "../targets/world.fixture.ts";
import type { DeployRequest, Progress } from "./types.ts";

let temp: ReturnType<typeof tempDir>;
beforeEach(() => {
  temp = tempDir();
});
afterEach(() => temp[Symbol.asyncDispose]());

/** Runs it; the steps that began, and why it ended. */
async function stepsOf(more: Partial<DeployRequest>) {
  const events: Progress[] = [];
  const world = await testWorld(join(temp.path, "cache"));
  const request: DeployRequest = {
    modelFile: resnet20Model,
    target,
    precision: "int8",
    outFolder: join(temp.path, "out"),
    calibration: { path: cifarImages.calibration, samples: 10, method: "minmax" },
    ...more,
  };
  const program = { name: "agent2389", version: "0" };
  const failure = await deployModel(request, {
    world,
    clock: systemClock,
    program,
    progress: (event) => events.push(event),
  }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const steps = events.flatMap((event) => (event.kind === "began" ? [event.step] : []));
  const warnings = events.flatMap((event) => (event.kind === "warning" ? [event.text] : []));
  return { failure, steps, warnings };
}
const validation = (path: string) => ({ path, tolerance: 0.01, runs: 0 });

describe("what is wrong with names is known before anything is calibrated", () => {
  test.each([
    ["--exclude", { exclude: ["nosuch"] }, 'the model has no node and no operator "nosuch"'],
    ["--only", { only: ["nosuch"] }, 'the model has no node and no operator "nosuch"'],
    ["--only of what has no weights", { only: ["Relu"] }, 'no layer with weights is "Relu"'],
  ])("%s", async (_option, selection, message) => {
    const { failure, steps } = await stepsOf({ selection });
    expect(failure).toMatchObject({ message });
    expect(steps).toEqual(["read"]);
  });

  test("folders of classes that are not the model's", async () => {
    const path = join(temp.path, "test");
    for (const name of ["tabby", "tiger"]) {
      mkdirSync(join(path, name), { recursive: true });
      copyFileSync(join(cifarImages.test, "cat/0000.jpg"), join(path, name, "a.jpg"));
    }
    const { failure, steps } = await stepsOf({ validation: validation(path) });
    expect(failure).toMatchObject({
      message: "the labels do not match the model: there are 2, and it tells 10 classes apart",
      where: "tabby, tiger",
    });
    expect(steps).toEqual(["read"]);
  });

  test("labels that are given, and are not those of the folders", async () => {
    const labels = Array.from({ length: 10 }, (_, i) => `class ${i}`);
    const { failure, steps } = await stepsOf({ validation: validation(cifarImages.test), labels });
    expect(failure).toMatchObject({ message: '"airplane" is not among the labels given' });
    expect(steps).toEqual(["read"]);
  });

  test("test data that is not there", async () => {
    const { failure, steps } = await stepsOf({ validation: validation("/nowhere") });
    expect(failure).toMatchObject({ message: "there is no such file or folder", where: "/nowhere" });
    expect(steps).toEqual(["read"]);
  });
});

describe("how images are preprocessed", () => {
  const guess = (warnings: readonly string[]) => warnings.filter((text) => text.startsWith("Images are"));

  test("is a guess where there are images, and told as one", async () => {
    expect(guess((await stepsOf({ modelFile: resnet20Model })).warnings)).toHaveLength(1);
    const raw = await stepsOf({ preprocessing: "raw" });
    expect(guess(raw.warnings)).toEqual([]);
  });

  test("is nothing to speak of where there are none", async () => {
    const model = modelOf({
      inputs: { x: [1, 3, 4] },
      outputs: { y: [1, 3, 2] },
      weights: [weight("w", [4, 2], 1)],
      nodes: [node("MatMul", ["x", "w"], ["y"])],
    });
    const modelFile = join(temp.path, "m.onnx");
    await writeModel(model, modelFile);
    const data = join(temp.path, "x.npy");
    await Bun.write(
      data,
      npy(
        [20, 3, 4],
        Float32Array.from({ length: 240 }, (_, i) => i / 240),
      ),
    );
    const { failure, steps, warnings } = await stepsOf({
      modelFile,
      calibration: { path: data, samples: 20, method: "minmax" },
    });
    expect(failure).toBeUndefined();
    expect(steps).toContain("build");
    expect(guess(warnings)).toEqual([]);
  });
});

test("a mask of minus infinity among the constants is no damaged model; such weights are", async () => {
  const low = [0, Number.NEGATIVE_INFINITY, 0, Number.NEGATIVE_INFINITY];
  const masked = (mask: number[], weights: number[]) =>
    modelOf({
      inputs: { x: [1, 2] },
      outputs: { y: [2, 2] },
      weights: [floats("mask", [2, 2], mask), floats("w", [2, 2], weights)],
      nodes: [
        node("Add", ["x", "mask"], ["hidden"]),
        node("Softmax", ["hidden"], ["shares"], { axis: -1 }),
        node("MatMul", ["shares", "w"], ["y"]),
      ],
    });
  const modelFile = join(temp.path, "m.onnx");
  const ended = async () =>
    (await stepsOf({ modelFile, precision: "fp32", calibration: undefined, preprocessing: "raw" })).failure;
  await writeModel(masked(low, [1, 2, 3, 4]), modelFile);
  expect(await ended()).toBeUndefined();
  await writeModel(masked([0, 0, 0, 0], low), modelFile);
  expect(await ended()).toMatchObject({ message: expect.stringContaining("2 of the 4 weights") });
});
