import type { Node, Tensor } from "../../onnx/types.ts";

/**
 * What an operator does with numbers that stand for scale · (q − zero point):
 *
 * - weighted: multiplies them with constant weights; its input, its weights and its bias are quantized.
 * - rescales: takes inputs of any scale, gives an output with a scale of its own.
 * - passes: moves or picks elements; input and output have one scale.
 * - joins: puts inputs into one output; one scale where that loses nothing.
 * - fuses: dissolves into the operator before it, so nothing may stand between them.
 * - residual: an Add that fuses with the weighted operator before it, when its other input is quantized.
 */
export type Role = "weighted" | "rescales" | "passes" | "joins" | "fuses" | "residual";

/** An operator without a placement for an engine is left in float there, and so are its inputs and outputs. */
export interface Placement {
  role: Role;
  /** The engine's integer kernel gives integers only, whoever takes them. */
  output?: "always";
  /** Nodes of this operator that it holds for; default: all. */
  when?(node: Node, facts: PlacementFacts): boolean;
  /** Where it is said. */
  why: string;
}

export interface PlacementFacts {
  /** The constant of that name. */
  constant(value: string | undefined): Tensor | undefined;
}

export interface PlacementRow {
  operator: string;
  /** The inputs that carry data, as opposed to shapes, indices and bounds. */
  data: readonly number[] | "all";
  /** Of weights: the axis that has the channels of the output; undefined where one scale must do for all. */
  channelAxis?(node: Node, weights: Tensor): number | undefined;
  onnxruntime?: Placement;
  tensorrt?: Placement;
}
