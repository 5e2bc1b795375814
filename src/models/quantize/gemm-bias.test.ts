import { beforeAll, expect, test } from "bun:test";
import { modelOf, node, weight } from "../onnx/model-of.fixture.ts";
import type { Ort } from "../ort/types.ts";
import { prepare } from "./prepare.ts";
import { CPU_PROFILE, TENSORRT_PROFILE } from "./profiles.ts";
import { quantize } from "./quantize.ts";
import { rangesOver } from "./ranges.fixture.ts";
import { feed, openTestOrt, run, sqnr } from "./runs.fixture.ts";

let ort: Ort;
beforeAll(async () => {
  ort = await openTestOrt();
});

test.each([
  [3, 3, [3, 1]],
  [3, 3, [3, 3]],
  [2, 3, [2, 3]],
  [4, 1, [4, 1]],
])("a Gemm of %d×%d whose bias is %p stays in float, and says why", async (rows, columns, dims) => {
  const model = prepare(
    modelOf({
      inputs: { x: [rows, 5] },
      outputs: { y: [rows, columns] },
      nodes: [node("Gemm", ["x", "w", "c"], ["y"])],
      weights: [weight("w", [5, columns], 1), weight("c", dims, 2)],
    }),
  );
  const feeds = { x: feed([rows, 5]) };
  const ranges = await rangesOver(ort, model, [feeds]);
  for (const profile of [CPU_PROFILE, TENSORRT_PROFILE]) {
    const { model: made, layers } = quantize(model, ranges, profile);
    expect(layers.map(({ precision, reason }) => [precision, reason])).toEqual([
      ["float", "its bias is not one value for each channel"],
    ]);
    expect(sqnr(await run(ort, model, feeds), await run(ort, made, feeds))).toBeGreaterThan(120);
  }
});
