import { floats, integers, modelOf, node, weight } from "../onnx/model-of.fixture.ts";
import type { Node, OnnxModel, Tensor } from "../onnx/types.ts";

export const SIDE = 32;
const BINS = 16;

/**
 * The parts of YOLOv8 on a small scale: convolutions with SiLU, a split with a bottleneck and a concatenation (C2f),
 * poolings in a row (SPPF), a way up and across, and a head with scores and distributions of distances (DFL).
 */
export function detector(): OnnxModel {
  const draft: Draft = { nodes: [], weights: [] };
  silu(draft, "images", "stem", 3, 8, 2);
  silu(draft, "stem_out", "down", 8, 16, 2);
  bottleneck(draft, "down_out");
  silu(draft, "c2f", "deep", 24, 16, 2);
  poolings(draft, "deep_out");
  silu(draft, "sppf", "mixed", 64, 16, 1, 1);
  draft.weights.push(floats("twice", [4], [1, 1, 2, 2]));
  draft.nodes.push(
    node("Resize", ["mixed_out", "", "twice"], ["up"], {
      mode: "nearest",
      nearest_mode: "floor",
      coordinate_transformation_mode: "asymmetric",
    }),
    node("Concat", ["up", "c2f"], ["across"], { axis: 1 }),
  );
  silu(draft, "across", "neck", 40, 16);
  head(draft, "neck_out");
  const cells = (SIDE / 4) ** 2;
  return modelOf({
    opset: 17,
    inputs: { images: [1, 3, SIDE, SIDE] },
    outputs: { scores: [1, 4, cells], distances: [1, 4, cells] },
    ...draft,
  });
}

interface Draft {
  nodes: Node[];
  weights: Tensor[];
}

const hashOf = (name: string): number =>
  [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 9973;

function conv(
  { nodes, weights }: Draft,
  from: string,
  name: string,
  into: string,
  shape: number[],
  stride = 1,
): void {
  const [outputs, inputs, size] = shape as [number, number, number];
  weights.push(
    weight(`${name}_w`, [outputs, inputs, size, size], hashOf(name), 1.6 / Math.sqrt(inputs * size * size)),
  );
  weights.push(weight(`${name}_b`, [outputs], hashOf(name), 0.2));
  const pad = Math.floor(size / 2);
  const attributes = { strides: [stride, stride], pads: [pad, pad, pad, pad] };
  nodes.push(node("Conv", [from, `${name}_w`, `${name}_b`], [into], attributes, name));
}

function silu(
  draft: Draft,
  from: string,
  name: string,
  inputs: number,
  outputs: number,
  stride = 1,
  size = 3,
): void {
  conv(draft, from, name, `${name}_x`, [outputs, inputs, size], stride);
  draft.nodes.push(
    node("Sigmoid", [`${name}_x`], [`${name}_s`]),
    node("Mul", [`${name}_x`, `${name}_s`], [`${name}_out`]),
  );
}

function bottleneck(draft: Draft, from: string): void {
  draft.weights.push(integers("halves", [8, 8]));
  draft.nodes.push(node("Split", [from, "halves"], ["one", "two"], { axis: 1 }));
  silu(draft, "two", "inner1", 8, 8);
  silu(draft, "inner1_out", "inner2", 8, 8);
  draft.nodes.push(
    node("Add", ["two", "inner2_out"], ["three"]),
    node("Concat", ["one", "two", "three"], ["c2f"], { axis: 1 }),
  );
}

function poolings({ nodes }: Draft, from: string): void {
  const pool = (input: string, output: string) =>
    nodes.push(node("MaxPool", [input], [output], { kernel_shape: [5, 5], pads: [2, 2, 2, 2] }));
  pool(from, "pool1");
  pool("pool1", "pool2");
  pool("pool2", "pool3");
  nodes.push(node("Concat", [from, "pool1", "pool2", "pool3"], ["sppf"], { axis: 1 }));
}

function head(draft: Draft, from: string): void {
  const { nodes, weights } = draft;
  silu(draft, from, "classes1", 16, 8);
  conv(draft, "classes1_out", "classes2", "logits", [4, 8, 1]);
  silu(draft, from, "boxes1", 16, 16);
  conv(draft, "boxes1_out", "boxes2", "bins", [4 * BINS, 16, 1]);
  weights.push(integers("flat", [1, 4, -1]), integers("sides", [1, 4, BINS, -1]));
  weights.push(
    floats(
      "dfl_w",
      [1, BINS, 1, 1],
      Array.from({ length: BINS }, (_, at) => at),
    ),
  );
  nodes.push(
    node("Reshape", ["logits", "flat"], ["flat_logits"]),
    node("Sigmoid", ["flat_logits"], ["scores"]),
    node("Reshape", ["bins", "sides"], ["by_side"]),
    node("Transpose", ["by_side"], ["by_bin"], { perm: [0, 2, 1, 3] }),
    node("Softmax", ["by_bin"], ["shares"], { axis: 1 }),
    node("Conv", ["shares", "dfl_w"], ["expected"], {}, "dfl"),
    node("Reshape", ["expected", "flat"], ["distances"]),
  );
}
