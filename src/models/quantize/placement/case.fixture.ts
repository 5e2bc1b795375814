import { type ModelSketch, node, weight } from "../../onnx/model-of.fixture.ts";
import type { Node } from "../../onnx/types.ts";

/** A graph around one operator, and what the table makes of it. */
export interface Case {
  operator: string;
  about?: string;
  x: number[];
  nodes: Node[];
  weights?: ModelSketch["weights"];
  /** Values that get Q/DQ, in order. */
  onnxruntime: string[];
  tensorrt: string[];
  /** Kernels of ONNX Runtime that must be among those of the optimized graph. */
  kernels: Record<string, number>;
}

/** Two convolutions with the operator between them, as it stands in most networks. */
export const between = (
  operator: string,
  attributes: Parameters<typeof node>[3],
  more: { inputs?: string[]; weights?: ModelSketch["weights"]; channels?: number; x?: number[] } = {},
): Pick<Case, "x" | "nodes" | "weights"> => ({
  x: more.x ?? [1, 8, 8, 8],
  nodes: [
    node("Conv", ["x", "w1", "b1"], ["c"], { pads: [1, 1, 1, 1] }),
    node(operator, ["c", ...(more.inputs ?? [])], ["m"], attributes),
    node("Conv", ["m", "w2", "b2"], ["y"]),
  ],
  weights: [
    weight("w1", [8, 8, 3, 3], 1),
    weight("b1", [8], 2),
    weight("w2", [4, more.channels ?? 8, 1, 1], 3),
    weight("b2", [4], 4),
    ...(more.weights ?? []),
  ],
});

export const moves = { onnxruntime: ["x", "c", "m", "y"], tensorrt: ["x", "m"] };
export const own = { onnxruntime: ["x", "c", "m", "y"], tensorrt: ["x", "c", "m"] };
export const convs = { QLinearConv: 2 };
