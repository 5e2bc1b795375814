import { beforeAll, describe, expect, test } from "bun:test";
import { floats, modelOf, node, weight } from "../../onnx/model-of.fixture.ts";
import { readModel } from "../../onnx/read-model.ts";
import type { OnnxModel } from "../../onnx/types.ts";
import { valueTypes } from "../../onnx/value-types.ts";
import type { Ort } from "../../ort/types.ts";
import { resnet20Model } from "../../real-models.fixture.ts";
import { prepare } from "../prepare.ts";
import { TENSORRT_10_PROFILE } from "../profiles.ts";
import { quantize } from "../quantize.ts";
import { rangesOver } from "../ranges.fixture.ts";
import { feed, openTestOrt, run, sqnr } from "../runs.fixture.ts";
import { TOKENS, transformer, WIDTH } from "../transformer.fixture.ts";
import { restInFloat16 } from "./rest.ts";

let ort: Ort;
beforeAll(async () => {
  ort = await openTestOrt();
});

async function made(source: OnnxModel, feeds: Parameters<typeof run>[2]) {
  const model = prepare(source);
  const ranges = await rangesOver(ort, model, [feeds]);
  const quantized = quantize(model, ranges, TENSORRT_10_PROFILE);
  const half = restInFloat16(quantized, ranges, new Set(model.graph.nodes.map(({ name }) => name)));
  return { model, quantized, half };
}

/** How many nodes give which type. */
function typesMade({ graph }: OnnxModel): Record<string, number> {
  const typeOf = valueTypes(graph);
  const counts: Record<string, number> = {};
  for (const { opType, outputs } of graph.nodes) {
    if (/Linear$/.test(opType)) continue;
    const type = typeOf(outputs[0]!) ?? "unknown";
    counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
}

test("what is not int8 computes in float16, and the layers say so", async () => {
  const feeds = { input: feed([2, 3, 32, 32], 3, 2) };
  const { model, quantized, half } = await made(await readModel(resnet20Model), feeds);
  // All but the Cast back at the end.
  expect(typesMade(half.model)).toEqual({ float16: model.graph.nodes.length + 1, float: 1 });
  expect(half.layers.map(({ name }) => name)).toEqual(quantized.layers.map(({ name }) => name));
  expect(half.layers.filter(({ precision }) => precision === "int8")).toEqual(
    quantized.layers.filter(({ precision }) => precision === "int8"),
  );
  expect(half.layers.filter(({ precision }) => precision !== "int8")).toEqual(
    quantized.layers
      .filter(({ precision }) => precision === "float")
      .map((layer) => ({ ...layer, precision: "float16" as const })),
  );
  const [plain, found] = [await run(ort, quantized.model, feeds), await run(ort, half.model, feeds)];
  expect(sqnr(plain, found)).toBeGreaterThan(20);
  expect(sqnr(await run(ort, model, feeds), found)).toBeGreaterThan(15);
});

test("of a transformer, normalizations and shares stay float32, and say why", async () => {
  const feeds = { x: feed([1, TOKENS, WIDTH], 5, 2) };
  const { model, half } = await made(transformer({ written: "whole" }), feeds);
  const told = half.layers.filter(({ precision }) => precision === "float");
  expect(new Set(told.map(({ opType, reason }) => `${opType}: ${reason}`))).toEqual(
    new Set([
      "LayerNormalization: a mean and a variance are taken in it",
      "Softmax: it divides by a sum of powers",
    ]),
  );
  expect(sqnr(await run(ort, model, feeds), await run(ort, half.model, feeds))).toBeGreaterThan(20);
});

describe("a layer that is neither", () => {
  const model = () =>
    modelOf({
      opset: 13,
      inputs: { x: [1, 8, 4, 4] },
      outputs: { y: [1, 4, 4, 4] },
      nodes: [
        node("Conv", ["x", "w1"], ["c"], {}, "small"),
        node("Mul", ["c", "factor"], ["m"], {}, "grow"),
        node("Conv", ["m", "w2"], ["y"], {}, "large"),
      ],
      // Two values, so that it is not folded into the layer before it.
      weights: [
        weight("w1", [8, 8, 1, 1], 1),
        weight("w2", [4, 8, 1, 1], 2),
        floats("factor", [1, 1, 1, 4], [1, 2, 3, 1e5]),
      ],
    });

  test("gives both reasons", async () => {
    const prepared = prepare(model());
    const feeds = { x: feed([1, 8, 4, 4], 3, 4) };
    const ranges = await rangesOver(ort, prepared, [feeds]);
    const quantized = quantize(prepared, ranges, TENSORRT_10_PROFILE, { exclude: ["large"] });
    const { layers } = restInFloat16(quantized, ranges, new Set(["small", "grow", "large"]));
    expect(layers.map(({ name, precision, reason }) => [name, precision, reason])).toEqual([
      ["small", "int8", undefined],
      ["grow", "float", expect.stringMatching(/reaches .*, and float16 ends at 65504$/)],
      [
        "large",
        "float",
        expect.stringMatching(/^excluded; in float32, as m reaches .*, and float16 ends at 65504$/),
      ],
    ]);
  });
});
