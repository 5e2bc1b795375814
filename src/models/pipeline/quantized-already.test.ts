import { expect, test } from "bun:test";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { systemClock } from "../../base/clock.ts";
import { floats, modelOf, node } from "../onnx/model-of.fixture.ts";
import { writeModel } from "../onnx/write-model.ts";
import { mnistModel } from "../real-models.fixture.ts";
import { target } from "../targets/cpu/index.ts";
import { testWorld } from "../targets/world.fixture.ts";
import { quantizeFile } from "./quantize-file.ts";
import type { Progress } from "./types.ts";

const quantized = modelOf({
  inputs: { x: [1, 1, 28, 28] },
  outputs: { y: [1, 2] },
  nodes: [
    node("QuantizeLinear", ["x", "s"], ["q"]),
    node("DequantizeLinear", ["q", "s"], ["d"]),
    node("Flatten", ["d"], ["f"]),
    node("MatMul", ["f", "w"], ["y"]),
  ],
  weights: [floats("s", [], [0.1]), floats("w", [784, 2], Array(1568).fill(0.5))],
});

test.each(["int8", "int8-weights"] as const)(
  "a model that is quantized already is refused, %s, before any data is run",
  async (precision) => {
    await using dir = tempDir();
    const modelFile = join(dir.path, "quantized.onnx");
    await writeModel(quantized, modelFile);
    const events: Progress[] = [];
    const path = join(mnistModel, "../digits-images-idx3-ubyte.gz");
    const made = quantizeFile(
      {
        modelFile,
        target,
        precision,
        outFile: join(dir.path, "out.onnx"),
        force: false,
        ...(precision === "int8" && { calibration: { path, samples: 10, method: "minmax" } }),
      },
      {
        world: await testWorld(join(dir.path, "cache")),
        clock: systemClock,
        program: { name: "agent2389", version: "0.0.0" },
        progress: (event) => events.push(event),
      },
    );
    await expect(made).rejects.toThrow("the model is quantized already: it has QuantizeLinear");
    expect(events.filter(({ kind }) => kind === "count")).toEqual([]);
  },
);
