import { beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { encodeModel } from "../onnx/encode.ts";
import { floats, modelOf, node, weight } from "../onnx/model-of.fixture.ts";
import type { Node, OnnxModel, Tensor } from "../onnx/types.ts";
import type { Ort } from "../ort/types.ts";
import { PLACEMENTS } from "./placement/table.ts";
import { prepare } from "./prepare.ts";
import { CPU_PROFILE, TENSORRT_PROFILE } from "./profiles.ts";
import { quantize } from "./quantize.ts";
import { rangesOver } from "./ranges.fixture.ts";
import { rangesWanted } from "./ranges-wanted.ts";
import { cosine, feed, kernels, openTestOrt, operators, run } from "./runs.fixture.ts";

let ort: Ort;
beforeAll(async () => {
  ort = await openTestOrt();
});

const CHANNELS = 8;

/** A step of a network on N×8×6×6: what it is, and which of the values so far it takes. */
interface Step {
  kind: (typeof KINDS)[number];
  left: number;
  right: number;
  seed: number;
}

const KINDS = [
  "conv",
  "depthwise",
  "conv-bn",
  "relu",
  "relu6",
  "leaky",
  "silu",
  "hardswish",
  "residual",
  "scale",
  "concat",
  "maxpool",
  "averagepool",
  "pad-slice",
  "transpose",
  "tanh",
] as const;

const step = fc.record<Step>({
  kind: fc.constantFrom(...KINDS),
  left: fc.nat(100),
  right: fc.nat(100),
  seed: fc.integer({ min: 1, max: 1000 }),
});

/** A network of these steps; the last value goes through a pooling and a Gemm, and some others are outputs as well. */
function network(steps: readonly Step[], seen: number): OnnxModel {
  const nodes: Node[] = [];
  const weights: Tensor[] = [];
  const values = ["x"];
  steps.forEach((each, at) => {
    const [left, right] = [values[each.left % values.length]!, values[each.right % values.length]!];
    const output = `v${at}`;
    STEPS[each.kind]({ nodes, weights, left, right, output, seed: each.seed });
    values.push(output);
  });
  nodes.push(
    node("GlobalAveragePool", [values.at(-1)!], ["pooled"]),
    node("Flatten", ["pooled"], ["flat"]),
    node("Gemm", ["flat", "head", "head_bias"], ["logits"], { transB: 1 }),
  );
  weights.push(weight("head", [5, CHANNELS], 1), weight("head_bias", [5], 2));
  const outputs = { logits: [1, 5], [values[1 + (seen % (values.length - 1))]!]: [1, CHANNELS, 6, 6] };
  return modelOf({ opset: 17, inputs: { x: [1, CHANNELS, 6, 6] }, outputs, nodes, weights });
}

interface Draft {
  nodes: Node[];
  weights: Tensor[];
  left: string;
  right: string;
  output: string;
  seed: number;
}

const conv = ({ nodes, weights, left, output, seed }: Draft, group = 1): void => {
  weights.push(weight(`${output}_w`, [CHANNELS, CHANNELS / group, 3, 3], seed, 0.4));
  weights.push(weight(`${output}_b`, [CHANNELS], seed + 1, 0.3));
  nodes.push(node("Conv", [left, `${output}_w`, `${output}_b`], [output], { group, pads: [1, 1, 1, 1] }));
};

const STEPS: Record<Step["kind"], (draft: Draft) => void> = {
  conv: (draft) => conv(draft),
  depthwise: (draft) => conv(draft, CHANNELS),
  "conv-bn": (draft) => {
    const { nodes, weights, output, seed } = draft;
    conv({ ...draft, output: `${output}_c` });
    const names = ["g", "b", "m"].map((role) => `${output}_${role}`);
    for (const name of names) weights.push(weight(name, [CHANNELS], seed + name.length, 1));
    weights.push(floats(`${output}_v`, [CHANNELS], [1, 2, 0.5, 1, 1, 3, 0.1, 1]));
    nodes.push(node("BatchNormalization", [`${output}_c`, ...names, `${output}_v`], [output]));
  },
  relu: ({ nodes, left, output }) => nodes.push(node("Relu", [left], [output])),
  relu6({ nodes, weights, left, output }) {
    weights.push(floats(`${output}_0`, [], [0]), floats(`${output}_6`, [], [6]));
    nodes.push(node("Clip", [left, `${output}_0`, `${output}_6`], [output]));
  },
  leaky: ({ nodes, left, output }) => nodes.push(node("LeakyRelu", [left], [output])),
  silu({ nodes, left, output }) {
    nodes.push(node("Sigmoid", [left], [`${output}_s`]), node("Mul", [left, `${output}_s`], [output]));
  },
  hardswish: ({ nodes, left, output }) => nodes.push(node("HardSwish", [left], [output])),
  residual: ({ nodes, left, right, output }) => nodes.push(node("Add", [left, right], [output])),
  scale({ nodes, weights, left, output, seed }) {
    weights.push(weight(`${output}_k`, [6], seed, 2));
    nodes.push(node("Mul", [left, `${output}_k`], [output]));
  },
  concat({ nodes, weights, left, right, output, seed }) {
    weights.push(weight(`${output}_w`, [CHANNELS, 2 * CHANNELS, 1, 1], seed, 0.4));
    nodes.push(
      node("Concat", [left, right], [`${output}_j`], { axis: 1 }),
      node("Conv", [`${output}_j`, `${output}_w`], [output]),
    );
  },
  maxpool: ({ nodes, left, output }) =>
    nodes.push(node("MaxPool", [left], [output], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })),
  averagepool: ({ nodes, left, output }) =>
    nodes.push(node("AveragePool", [left], [output], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })),
  "pad-slice"({ nodes, weights, left, output }) {
    const list = (name: string, values: number[]) =>
      weights.push({ ...weightList(values), name: `${output}_${name}` });
    list("pads", [0, 0, 1, 1, 0, 0, 1, 1]);
    list("starts", [2, 0]);
    list("ends", [8, 6]);
    list("axes", [2, 3]);
    nodes.push(
      node("Pad", [left, `${output}_pads`], [`${output}_p`]),
      node("Slice", [`${output}_p`, `${output}_starts`, `${output}_ends`, `${output}_axes`], [output]),
    );
  },
  transpose: ({ nodes, left, output }) =>
    nodes.push(node("Transpose", [left], [output], { perm: [0, 1, 3, 2] })),
  tanh: ({ nodes, left, output }) => nodes.push(node("Tanh", [left], [output])),
};

function weightList(values: number[]): Tensor {
  const raw = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return { name: "", type: "int64", dims: [values.length], byteLength: raw.length, raw: () => raw };
}

const networks = fc.tuple(fc.array(step, { minLength: 1, maxLength: 10 }), fc.nat(100));

test("whatever the network: ONNX Runtime loads it, every Q has its DQ, the rest is untouched, the function is the same", async () => {
  await fc.assert(
    fc.asyncProperty(networks, fc.boolean(), async ([steps, seen], forCpu) => {
      const model = prepare(network(steps, seen));
      const samples = [1, 2, 3].map((seed) => ({ x: feed([1, CHANNELS, 6, 6], seed, 2) }));
      const ranges = await rangesOver(ort, model, samples);
      const { model: made, layers } = quantize(model, ranges, forCpu ? CPU_PROFILE : TENSORRT_PROFILE);
      everyQHasItsDq(made);
      const { QuantizeLinear, DequantizeLinear, ...others } = operators(made);
      expect(others).toEqual(operators(model));
      outsideTheTableUntouched(model, made);
      expect(layers.every(({ precision }) => precision === "int8")).toBe(true);
      expect(made.graph.outputs).toEqual(model.graph.outputs);
      if (forCpu) {
        const { QLinearConv = 0, QGemm = 0 } = await kernels(ort, made);
        expect([QLinearConv, QGemm]).toEqual([others["Conv"] ?? 0, 1]);
      }
      const [expected, found] = [await run(ort, model, samples[0]!), await run(ort, made, samples[0]!)];
      if (Object.values(expected).some(({ data }) => [...data].some((value) => Number(value) !== 0))) {
        expect(cosine(expected, found)).toBeGreaterThan(0.95);
      }
    }),
    { numRuns: 100, seed: 2389 },
  );
}, 120_000);

test("only the ranges that are asked for are needed, whatever else is left in float", async () => {
  await fc.assert(
    fc.asyncProperty(
      networks,
      fc.boolean(),
      fc.infiniteStream(fc.boolean()),
      async ([steps, seen], forCpu, coin) => {
        const model = prepare(network(steps, seen));
        const profile = forCpu ? CPU_PROFILE : TENSORRT_PROFILE;
        const all = await rangesOver(ort, model, [{ x: feed([1, CHANNELS, 6, 6], 1, 2) }]);
        const wanted = rangesWanted(model, profile);
        const some = new Map(wanted.map((name) => [name, all.get(name)!]));
        const layers = model.graph.nodes.filter(({ opType }) => opType === "Conv" || opType === "Gemm");
        const keep = new Set(layers.map(({ name }) => name).filter(() => coin.next().value));
        for (const selection of [{}, { keep }]) {
          const [expected, found] = [all, some].map(
            (ranges) => quantize(model, ranges, profile, selection).model,
          );
          expect(Buffer.compare(encodeModel(found!), encodeModel(expected!))).toBe(0);
        }
        expect(wanted.length).toBeLessThanOrEqual(all.size);
      },
    ),
    { numRuns: 100, seed: 2389 },
  );
}, 60_000);

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
