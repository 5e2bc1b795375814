import { expect, test } from "bun:test";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { systemClock } from "../../base/clock.ts";
import { floats, modelOf, node } from "../onnx/model-of.fixture.ts";
import { writeModel } from "../onnx/write-model.ts";
import { testWorld } from "../targets/world.fixture.ts";
import { readIt } from "./common-steps.ts";
import { stepsOf } from "./steps.ts";

test.each([
  ["for inference", 13, ["y"], {}, 0],
  ["in training, by its outputs", 13, ["y", "mean", "var", "saved_mean", "saved_var"], {}, 1],
  ["for inference, said", 17, ["y"], { training_mode: 0 }, 0],
  ["in training, said", 17, ["y", "mean", "var"], { training_mode: 1 }, 1],
])("a model that was exported %s", async (_, opset, outputs, attributes, warnings) => {
  await using dir = tempDir();
  const file = join(dir.path, "m.onnx");
  const one = (name: string) => floats(name, [2], [1, 1]);
  await writeModel(
    modelOf({
      opset,
      inputs: { x: [1, 2, 3, 3] },
      outputs: { y: [1, 2, 3, 3] },
      nodes: [node("BatchNormalization", ["x", "g", "b", "m", "v"], outputs, attributes)],
      weights: ["g", "b", "m", "v"].map(one),
    }),
    file,
  );
  const steps = stepsOf({
    world: await testWorld(dir.path),
    clock: systemClock,
    progress() {},
  });
  await readIt(file, steps);
  expect(steps.warnings).toEqual(
    new Array(warnings).fill(
      "The model was exported as in training: 1 BatchNormalization node normalizing by each batch. Export it for inference, after model.eval().",
    ),
  );
});
