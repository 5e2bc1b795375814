import fc from "fast-check";
import { floats, integers, modelOf, node, weight } from "../onnx/model-of.fixture.ts";
import type { Node, OnnxModel, Tensor } from "../onnx/types.ts";

export const CHANNELS = 8;

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
  "softmax",
  "split",
  "resize",
  "squeeze-excite",
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
    const list = (name: string, values: number[]) => weights.push(integers(`${output}_${name}`, values));
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
  softmax: ({ nodes, left, output }) => nodes.push(node("Softmax", [left], [output], { axis: 1 })),
  split({ nodes, left, output }) {
    nodes.push(
      node("Split", [left], [`${output}_a`, `${output}_b`], { axis: 1 }),
      node("Relu", [`${output}_b`], [`${output}_r`]),
      node("Concat", [`${output}_r`, `${output}_a`], [output], { axis: 1 }),
    );
  },
  resize({ nodes, weights, left, output, seed }) {
    weights.push(floats(`${output}_s`, [4], [1, 1, 2, 2]));
    nodes.push(
      node("Resize", [left, "", `${output}_s`], [`${output}_l`], { mode: seed % 2 ? "nearest" : "linear" }),
      node("MaxPool", [`${output}_l`], [output], { kernel_shape: [2, 2], strides: [2, 2] }),
    );
  },
  "squeeze-excite"({ nodes, weights, left, output, seed }) {
    weights.push(
      weight(`${output}_d`, [2, CHANNELS, 1, 1], seed),
      weight(`${output}_u`, [CHANNELS, 2, 1, 1], seed + 1, 2),
    );
    nodes.push(
      node("GlobalAveragePool", [left], [`${output}_p`]),
      node("Conv", [`${output}_p`, `${output}_d`], [`${output}_c`]),
      node("Relu", [`${output}_c`], [`${output}_r`]),
      node("Conv", [`${output}_r`, `${output}_u`], [`${output}_e`]),
      node("Sigmoid", [`${output}_e`], [`${output}_g`]),
      node("Mul", [left, `${output}_g`], [output]),
    );
  },
  tanh: ({ nodes, left, output }) => nodes.push(node("Tanh", [left], [output])),
};

/** Networks of one to ten steps. */
export const networks = fc
  .tuple(fc.array(step, { minLength: 1, maxLength: 10 }), fc.nat(100))
  .map(([steps, seen]) => network(steps, seen));
