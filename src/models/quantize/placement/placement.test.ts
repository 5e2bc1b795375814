import { beforeAll, describe, expect, test } from "bun:test";
import { modelOf, node, weight } from "../../onnx/model-of.fixture.ts";
import type { OnnxModel } from "../../onnx/types.ts";
import type { Ort } from "../../ort/types.ts";
import { CPU_PROFILE, TENSORRT_PROFILE } from "../profiles.ts";
import { quantize } from "../quantize.ts";
import { rangesOver } from "../ranges.fixture.ts";
import { feed, kernels, openTestOrt, run, sqnr } from "../runs.fixture.ts";
import type { Engine, Ranges } from "../types.ts";
import { between, type Case } from "./case.fixture.ts";
import { CASES, FLOAT } from "./cases.fixture.ts";
import { PLACEMENTS } from "./table.ts";

let ort: Ort;
beforeAll(async () => {
  ort = await openTestOrt();
});

const modelOfCase = ({ x, nodes, weights = [] }: Pick<Case, "x" | "nodes" | "weights">): OnnxModel => {
  const taken = new Set(nodes.flatMap(({ inputs }) => inputs));
  const outputs = nodes.flatMap((each) => each.outputs).filter((name) => !taken.has(name));
  const model = modelOf({
    opset: 17,
    inputs: { x },
    outputs: Object.fromEntries(outputs.map((name) => [name, []])),
    nodes,
    weights,
  });
  for (const output of model.graph.outputs) output.dims = undefined;
  return model;
};

const profiles = { onnxruntime: CPU_PROFILE, tensorrt: TENSORRT_PROFILE };

async function measured(sketch: Pick<Case, "x" | "nodes" | "weights">) {
  const model = modelOfCase(sketch);
  const feeds = { x: feed(sketch.x, 7) };
  const ranges: Ranges = await rangesOver(ort, model, [feeds, { x: feed(sketch.x, 8) }]);
  return { model, feeds, ranges };
}

test("every row of the table is tried, and says where it comes from", () => {
  expect(
    [...PLACEMENTS.keys()].filter((operator) => !CASES.some((each) => each.operator === operator)),
  ).toEqual([]);
  for (const { operator, onnxruntime, tensorrt } of PLACEMENTS.values()) {
    for (const placement of [onnxruntime, tensorrt]) {
      if (placement)
        expect([operator, placement.why]).toEqual([operator, expect.stringMatching(/^(ORT|TRT|ONNX)/)]);
    }
    expect(onnxruntime ?? tensorrt).toBeDefined();
  }
});

describe.each(["onnxruntime", "tensorrt"] as const)("for %s", (engine: Engine) => {
  test.each(CASES.map((each) => [[each.operator, each.about ?? ""].join(" "), each] as const))(
    "%s",
    async (_, each) => {
      const { model, feeds, ranges } = await measured(each);
      const { model: quantized, scales, layers } = quantize(model, ranges, profiles[engine]);
      expect([...scales.keys()]).toEqual(each[engine]);
      expect(sqnr(await run(ort, model, feeds), await run(ort, quantized, feeds))).toBeGreaterThan(25);
      const left = layers.filter(({ precision }) => precision === "float").map(({ opType }) => opType);
      expect(left).toEqual(
        engine === "onnxruntime" && each.operator === "ConvTranspose" ? ["ConvTranspose"] : [],
      );
      if (engine === "onnxruntime") expect(await kernels(ort, quantized)).toMatchObject(each.kernels);
    },
  );

  test.each(FLOAT.map((each) => [each[0], each] as const))("%s stays in float", async (operator, sketch) => {
    const { model, feeds, ranges } = await measured(between(...sketch));
    const { model: quantized, scales } = quantize(model, ranges, profiles[engine]);
    expect([...scales.keys()]).toEqual(engine === "onnxruntime" ? ["x", "c", "m", "y"] : ["x", "m"]);
    const inputsOf = ({ graph }: OnnxModel) =>
      graph.nodes.find(({ opType }) => opType === operator)!.inputs.slice(1);
    expect(inputsOf(quantized)).toEqual(inputsOf(model));
    expect(sqnr(await run(ort, model, feeds), await run(ort, quantized, feeds))).toBeGreaterThan(15);
  });

  test("a Softmax stays in float, and so does the layer that takes its shares, moved or not", async () => {
    const sketch = {
      x: [1, 8, 6, 6],
      nodes: [
        node("Conv", ["x", "w1"], ["c"]),
        node("Softmax", ["c"], ["s"], { axis: 1 }),
        node("Transpose", ["s"], ["t"], { perm: [0, 1, 3, 2] }),
        node("Conv", ["t", "w1"], ["y"]),
      ],
      weights: [weight("w1", [8, 8, 3, 3], 1)],
    };
    const { model, feeds, ranges } = await measured(sketch);
    const { model: quantized, scales, layers } = quantize(model, ranges, profiles[engine]);
    expect([...scales.keys()]).toEqual(engine === "onnxruntime" ? ["x", "c"] : ["x"]);
    expect(layers.map(({ reason }) => reason)).toEqual([undefined, "it takes the shares of a Softmax"]);
    expect(sqnr(await run(ort, model, feeds), await run(ort, quantized, feeds))).toBeGreaterThan(30);
  });
});
