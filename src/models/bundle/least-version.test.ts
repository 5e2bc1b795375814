import { expect, test } from "bun:test";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { standInTrtexec } from "../../../test/peers/trtexec.ts";
import { floats, modelOf, node } from "../onnx/model-of.fixture.ts";
import { tensorOf } from "../onnx/tensor.ts";
import type { OnnxModel } from "../onnx/types.ts";
import { writeModel } from "../onnx/write-model.ts";
import { jetsonTarget } from "../targets/jetson/index.ts";
import { leastMajor } from "../targets/jetson/least-version.ts";
import { testWorld } from "../targets/world.fixture.ts";
import { bundleScript } from "./script.ts";

/** Q and DQ of float32, or of float16 with a Cast before and behind. */
function quantized(half: boolean): OnnxModel {
  const [x, y] = half ? ["x_half", "y_half"] : ["x", "y"];
  const pair = [
    node("QuantizeLinear", [x, "scale", "zero"], ["q"]),
    node("DequantizeLinear", ["q", "scale", "zero"], [y]),
  ];
  return modelOf({
    opset: 19,
    inputs: { x: [4] },
    outputs: { y: [4] },
    nodes: half ? [node("Cast", ["x"], [x], { to: 10 }), ...pair, node("Cast", [y], ["y"], { to: 1 })] : pair,
    weights: [
      half ? tensorOf("scale", "float16", [], Float16Array.of(0.5)) : floats("scale", [], [0.5]),
      tensorOf("zero", "int8", [], Int8Array.of(0)),
    ],
  });
}

test("scales of float16 are for TensorRT 10 and newer", () => {
  expect([leastMajor(quantized(false)), leastMajor(quantized(true))]).toEqual([8, 10]);
});

test("an older one on the device refuses the model before it misreads it", async () => {
  await using dir = tempDir();
  const bin = await standInTrtexec(join(dir.path, "bin"), { TRTEXEC_VERSION: "8602" });
  const world = await testWorld(join(dir.path, "cache"), {
    env: { PATH: `${bin}:/usr/bin:/bin`, HOME: dir.path },
  });
  const modelFile = join(dir.path, "model.onnx");
  const outFile = join(dir.path, "model.engine");
  const target = jetsonTarget({ programs: [], libraries: [], release: "/nowhere" });
  await writeModel(quantized(true), modelFile);
  await expect(target.build(modelFile, { precision: "int8", outFile }, world)).rejects.toThrow(
    "the model is for TensorRT 10 and newer (its Q/DQ are of float16), and this is 8.6.2",
  );
  await writeModel(quantized(false), modelFile);
  expect((await target.build(modelFile, { precision: "int8", outFile }, world)).files[0].path).toBe(outFile);
});

test("so does the script of a bundle", async () => {
  await using dir = tempDir();
  const script = join(dir.path, "run.sh");
  await Bun.write(
    script,
    bundleScript({
      precision: "int8",
      leastMajor: 10,
      inputs: [],
      samples: 0,
      runs: 0,
      warmUp: 0,
      options: {},
    }),
  );
  const bin = await standInTrtexec(join(dir.path, "bin"), { TRTEXEC_VERSION: "8602" });
  const { exitCode, stderr } = Bun.spawnSync(["sh", script], {
    env: { PATH: `${bin}:/usr/bin:/bin`, HOME: dir.path },
  });
  expect([exitCode, stderr.toString()]).toEqual([
    1,
    "error: the model is for TensorRT 10 and newer, and this is 8602\n",
  ]);
});
