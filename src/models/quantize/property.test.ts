import { beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import type { OnnxModel } from "../onnx/types.ts";
import type { Ort } from "../ort/types.ts";
import { PLACEMENTS } from "./placement/table.ts";
import { prepare } from "./prepare.ts";
import { CPU_PROFILE, TENSORRT_PROFILE } from "./profiles.ts";
import { quantize } from "./quantize.ts";
import { CHANNELS, networks } from "./random-network.fixture.ts";
import { rangesOver } from "./ranges.fixture.ts";
import { cosine, feed, kernels, openTestOrt, operators, run } from "./runs.fixture.ts";

let ort: Ort;
beforeAll(async () => {
  ort = await openTestOrt();
});

test("whatever the network: ONNX Runtime loads it, every Q has its DQ, the rest is untouched, the function is the same", async () => {
  await fc.assert(
    fc.asyncProperty(networks, fc.boolean(), async (drawn, forCpu) => {
      const model = prepare(drawn);
      const samples = [1, 2, 3].map((seed) => ({ x: feed([1, CHANNELS, 6, 6], seed, 2) }));
      const ranges = await rangesOver(ort, model, samples);
      const { model: made, layers } = quantize(model, ranges, forCpu ? CPU_PROFILE : TENSORRT_PROFILE);
      everyQHasItsDq(made);
      const { QuantizeLinear, DequantizeLinear, ...others } = operators(made);
      expect(others).toEqual(operators(model));
      outsideTheTableUntouched(model, made);
      const left = new Set(layers.flatMap(({ reason }) => reason ?? []));
      left.delete("it takes the shares of a Softmax");
      left.delete("it is the first layer");
      left.delete("it is depthwise, right behind the first layer");
      expect([...left]).toEqual([]);
      expect(made.graph.outputs).toEqual(model.graph.outputs);
      if (forCpu) {
        const { QLinearConv = 0, QGemm = 0 } = await kernels(ort, made);
        const integer = (opType: string) =>
          layers.filter((layer) => layer.opType === opType && layer.precision === "int8").length;
        expect([QLinearConv, QGemm]).toEqual([integer("Conv"), integer("Gemm")]);
      }
      const [expected, found] = [await run(ort, model, samples[0]!), await run(ort, made, samples[0]!)];
      if (Object.values(expected).some(({ data }) => [...data].some((value) => Number(value) !== 0))) {
        expect(cosine(expected, found)).toBeGreaterThan(0.95);
      }
    }),
    { numRuns: 100, seed: 2389 },
  );
}, 120_000);

function everyQHasItsDq({ graph }: OnnxModel): void {
  const makers = new Map(
    graph.nodes.flatMap((each) => each.outputs.map((output) => [output, each] as const)),
  );
  for (const { opType, inputs, outputs } of graph.nodes) {
    const takers = graph.nodes.filter((each) => each.inputs.includes(outputs[0]!));
    if (opType === "QuantizeLinear") {
      expect(takers.map((each) => [each.opType, ...each.inputs.slice(1)])).toEqual([
        ["DequantizeLinear", ...inputs.slice(1)],
      ]);
    }
    if (opType !== "DequantizeLinear") continue;
    const source = makers.get(inputs[0]!);
    if (source) expect(source.opType).toBe("QuantizeLinear");
    else expect(["int8", "uint8", "int32"]).toContain(graph.initializers.get(inputs[0]!)!.type);
    expect(graph.initializers.get(inputs[1]!)!.type).toBe("float");
  }
}

function outsideTheTableUntouched(model: OnnxModel, made: OnnxModel): void {
  const found = new Map(made.graph.nodes.map((each) => [each.name, each]));
  for (const { name, opType, attributes } of model.graph.nodes) {
    if (PLACEMENTS.has(opType)) continue;
    expect([opType, found.get(name)?.opType, found.get(name)?.attributes]).toEqual([
      opType,
      opType,
      attributes,
    ]);
  }
}
