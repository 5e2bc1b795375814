import { describe, expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "../../../../test/peers/temp-dir.ts";
import { ExpectedError } from "../../../base/errors.ts";
import { floats, modelOf, node, weight } from "../../onnx/model-of.fixture.ts";
import { tensorOf } from "../../onnx/tensor.ts";
import type { Node, OnnxModel, Tensor } from "../../onnx/types.ts";
import { writeModel } from "../../onnx/write-model.ts";
import { mnistModel } from "../../real-models.fixture.ts";
import { testModelTarget } from "../target-contract.fixture.ts";
import type { Machine } from "../types.ts";
import { testWorld } from "../world.fixture.ts";
import { target } from "./index.ts";
import { integerDot } from "./integer-dot.ts";
import { countKernels } from "./kernels.ts";

testModelTarget(target, {
  without: async (folder) => ({
    ...(await testWorld(folder)),
    openOrt: () => Promise.reject(new ExpectedError("there is no ONNX Runtime", { hint: "Work on Linux." })),
  }),
});

const machine = (arch: string, ...features: string[]): Machine => ({
  name: "m",
  platform: "linux",
  arch,
  threads: 1,
  features: new Set(features),
});

describe("weights are kept to 7 bits where sums of products saturate", () => {
  test.each([
    ["x64", ["avx2"], true],
    ["x64", ["avx2", "avx512bw"], true],
    ["x64", ["avx2", "avx512bw", "avx512_vnni"], false],
    ["x64", ["avx2", "avx_vnni"], false],
    ["x64", [], true],
    ["arm64", ["asimddp"], false],
    ["arm64", [], false],
  ] as const)("%s %p: %p", (arch, features, reduceRange) => {
    expect(target.profile(machine(arch, ...features)).reduceRange).toBe(reduceRange);
  });

  test("the best instructions are named", () => {
    expect(integerDot(machine("x64", "avx2", "avx512bw", "avx512_vnni")).name).toBe("AVX-512 VNNI");
  });
});

/** Two convolutions with Q/DQ around each, as the quantizer places them. */
function quantized(type: "uint8" | "int8"): OnnxModel {
  const zero = type === "uint8" ? Uint8Array.of(0) : Int8Array.of(0);
  const weights: Tensor[] = [floats("s", [], [0.02]), tensorOf("z", type, [], zero)];
  const between = (from: string, to: string): Node[] => [
    node("QuantizeLinear", [from, "s", "z"], [`${to}_q`]),
    node("DequantizeLinear", [`${to}_q`, "s", "z"], [to]),
  ];
  const nodes = between("x", "a0");
  for (const i of [0, 1]) {
    weights.push(
      tensorOf(
        `w${i}`,
        "int8",
        [4, 4, 3, 3],
        Int8Array.from({ length: 144 }, (_, k) => (k * 37) % 127),
      ),
      floats(`ws${i}`, [4], [0.01, 0.02, 0.01, 0.02]),
      tensorOf(`wz${i}`, "int8", [4], new Int8Array(4)),
    );
    nodes.push(
      node("DequantizeLinear", [`w${i}`, `ws${i}`, `wz${i}`], [`wd${i}`], { axis: 0 }),
      node("Conv", [`a${i}`, `wd${i}`], [`c${i}`], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
      node("Relu", [`c${i}`], [`r${i}`]),
      ...between(`r${i}`, `a${i + 1}`),
    );
  }
  return modelOf({ inputs: { x: [1, 4, 8, 8] }, outputs: { a2: [1, 4, 8, 8] }, nodes, weights });
}

describe("kernels are counted in the graph that ONNX Runtime runs", () => {
  async function kernelsOf(model: OnnxModel) {
    await using dir = tempDir();
    const modelFile = join(dir.path, "net.onnx");
    await writeModel(model, modelFile);
    const { kernels } = await target.build(
      modelFile,
      { precision: "int8", outFile: modelFile },
      await testWorld(dir.path),
    );
    return kernels!;
  }

  test("with unsigned activations every convolution runs in integers, its Relu within", async () => {
    expect(await kernelsOf(quantized("uint8"))).toMatchObject({
      integer: 2,
      float: 0,
      conversions: 2,
      operators: { QLinearConv: 2 },
    });
  });

  test("a float model has none", async () => {
    const weights = [weight("w", [4, 4, 3, 3], 1)];
    const nodes = [node("Conv", ["x", "w"], ["y"], { kernel_shape: [3, 3] })];
    const model = modelOf({ inputs: { x: [1, 4, 8, 8] }, outputs: { y: [1, 4, 6, 6] }, nodes, weights });
    expect(await kernelsOf(model)).toMatchObject({ integer: 0, float: 1, conversions: 0 });
  });

  test("operators are told apart by name", () => {
    const count = (...operators: string[]) =>
      countKernels(operators.map((operator) => node(operator, [], ["y"])));
    expect(
      count("QLinearConv", "QGemm", "MatMulIntegerToFloat", "ConvInteger", "MatMulInteger"),
    ).toMatchObject({
      integer: 5,
      float: 0,
      conversions: 0,
    });
    expect(count("FusedConv", "FusedMatMul", "Attention", "Relu", "Cast", "Cast")).toMatchObject({
      integer: 0,
      float: 3,
      conversions: 2,
      operators: { Cast: 2, Relu: 1 },
    });
  });
});

test("weights beside the model come along, and count", async () => {
  await using dir = tempDir();
  const modelFile = join(dir.path, "net.onnx");
  await mkdir(join(dir.path, "out"));
  const weights = [weight("w", [64, 64, 3, 3], 1)];
  const nodes = [node("Conv", ["x", "w"], ["y"], { kernel_shape: [3, 3] })];
  const model = modelOf({ inputs: { x: [1, 64, 8, 8] }, outputs: { y: [1, 64, 6, 6] }, nodes, weights });
  await writeModel(model, modelFile, { externalDataAbove: 1000 });
  const world = await testWorld(dir.path);
  const { files } = await target.build(modelFile, { precision: "fp32", outFile: modelFile }, world);
  expect(files.map(({ path, bytes }) => [path, bytes >= 147_456])).toEqual([
    [modelFile, false],
    [`${modelFile}.data`, true],
  ]);
});

test("peak memory is that of a process of its own: the model's is above the program's", async () => {
  await using dir = tempDir();
  const world = await testWorld(dir.path);
  const options = { precision: "fp32", outFile: join(dir.path, "net.onnx") } as const;
  const runner = await target.runner(await target.build(mnistModel, options, world), { threads: 1 }, world);
  const { peak, floor } = (await runner.peakMemory!())!;
  await runner.close();
  expect(floor).toBeGreaterThan(20e6);
  expect(peak).toBeGreaterThan(floor);
});
