import { expect, test } from "bun:test";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { decodeModel } from "../onnx/decode.ts";
import { encodeModel } from "../onnx/encode.ts";
import { floats, modelOf, node, weight } from "../onnx/model-of.fixture.ts";
import { readModel } from "../onnx/read-model.ts";
import type { OnnxModel } from "../onnx/types.ts";
import { prepare } from "./prepare.ts";
import { CPU_PROFILE, TENSORRT_PROFILE } from "./profiles.ts";
import { quantize } from "./quantize.ts";
import { rangesOver } from "./ranges.fixture.ts";
import { feed, openTestOrt, run, sqnr } from "./runs.fixture.ts";

/** Three layers between integers on either side, each of a kind that ONNX Runtime would quantize by itself. */
const network = () =>
  modelOf({
    opset: 13,
    inputs: { x: [1, 6, 8, 8] },
    outputs: { y: [1, 5] },
    weights: [
      weight("w1", [6, 6, 3, 3], 1),
      weight("w2", [8, 3, 3, 3], 2),
      weight("w7", [8, 8, 1, 1], 7),
      weight("w3", [8, 4, 2, 2], 3),
      weight("w4", [4, 4, 1, 1], 4),
      weight("w8", [4, 4], 8),
      weight("w5", [7, 4], 5),
      weight("w6", [7, 5], 6),
      floats("b5", [7], [0.1, 0.2, 0, 0, 0, 0.3, 0]),
    ],
    nodes: [
      node("Conv", ["x", "w1"], ["c1"], {}, "before"),
      node("Conv", ["c1", "w2"], ["c2"], { group: 2 }, "grouped"),
      node("Relu", ["c2"], ["r2"]),
      node("Conv", ["r2", "w7"], ["c7"], {}, "middle"),
      node("ConvTranspose", ["c7", "w3"], ["c3"], {}, "transposed"),
      node("Conv", ["c3", "w4"], ["c4"], {}, "between"),
      node("GlobalAveragePool", ["c4"], ["p"]),
      node("Flatten", ["p"], ["f"]),
      node("Gemm", ["f", "w8"], ["g8"], {}, "reduced"),
      node("Gemm", ["g8", "w5", "b5"], ["g"], { transB: 1 }, "gemm"),
      node("Relu", ["g"], ["r5"]),
      node("Gemm", ["r5", "w6"], ["y"], {}, "last"),
    ],
  });

const EXCLUDED = ["grouped", "transposed", "gemm"];

async function quantized(exclude: readonly string[], profile = CPU_PROFILE) {
  const ort = await openTestOrt();
  const model = prepare(decodeModel(encodeModel(network())));
  const feeds = { x: feed([1, 6, 8, 8]) };
  const ranges = await rangesOver(ort, model, [feeds]);
  return {
    ort,
    model,
    feeds,
    made: quantize(model, ranges, { ...profile, firstLayer: "int8" }, { exclude }),
  };
}

async function optimized(ort: Awaited<ReturnType<typeof openTestOrt>>, model: OnnxModel) {
  await using dir = tempDir();
  const optimizedModelFile = join(dir.path, "optimized.onnx");
  await (await ort.session(encodeModel(model), { optimizedModelFile })).close();
  return (await readModel(optimizedModelFile)).graph.nodes;
}

test("a layer that is left in float is computed in float, between integers as anywhere", async () => {
  const { ort, model, feeds, made } = await quantized(EXCLUDED);
  const nodes = await optimized(ort, made.model);
  for (const name of EXCLUDED)
    expect(nodes.filter((each) => each.name.startsWith(name)).map(({ opType }) => opType)).toEqual([
      expect.stringMatching(/^(Fused)?(Conv|ConvTranspose|Gemm)$/),
    ]);
  const inFloat = nodes.filter(({ opType }) => /^(Fused)?(Conv|ConvTranspose|Gemm)$/.test(opType));
  expect(inFloat).toHaveLength(made.layers.filter(({ precision }) => precision === "float").length);
  expect(sqnr(await run(ort, model, feeds), await run(ort, made.model, feeds))).toBeGreaterThan(25);
});

test("TensorRT, which leaves them alone, gets no more than it needs", async () => {
  const { made } = await quantized(EXCLUDED, TENSORRT_PROFILE);
  expect(made.model.graph.nodes.filter(({ name }) => name.includes("channels"))).toEqual([]);
});
