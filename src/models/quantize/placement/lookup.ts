import type { GraphIndex } from "../../onnx/graph-index.ts";
import { countOf } from "../../onnx/tensor.ts";
import type { Graph, Node, Tensor } from "../../onnx/types.ts";
import type { Engine, QuantizationProfile, Ranges } from "../types.ts";
import { firstLayers } from "./first-layers.ts";
import type { Choice } from "./selection.ts";
import { PLACEMENTS } from "./table.ts";
import type { Placement, PlacementFacts, PlacementRow } from "./types.ts";

/** What placement asks of a graph; as it stands, nothing changed yet. */
export interface FlowFacts {
  graph: Graph;
  index: GraphIndex;
  engine: Engine;
  firstLayer: QuantizationProfile["firstLayer"];
  ranges: Ranges;
  choice: Choice;
}

/** A node's inputs that carry data. */
export interface NodeData {
  values: string[];
  constants: Tensor[];
}

/** A Gemm may take any bias that it broadcasts, other operators a list (ONNX, Gemm-13, Conv-11). */
function isByChannel(node: Node, weights: Tensor, { dims }: Tensor): boolean {
  const channels = weights.dims[PLACEMENTS.get(node.opType)?.channelAxis?.(node, weights) ?? 0];
  return node.opType !== "Gemm" || (dims.at(-1) === channels && countOf(dims) === channels);
}

/** Answers to what one node is, by the table, the ranges and the choice of the caller. */
export interface Lookup {
  /** The row and placement of a node that takes part; undefined for one that is left in float. */
  placed(node: Node): { row: PlacementRow; placement: Placement } | undefined;
  dataOf(node: Node): NodeData;
  /** The value behind the node, or behind the Relu or Clip that dissolves into it. */
  fusedEnd(node: Node): string;
  /** Why a node with weights is left in float; undefined where it is not. */
  refusalOf(node: Node): string | undefined;
  /** Whether TensorRT moves quantizers across it: it then counts for the scales on both sides, and gets none itself. */
  isTransparent(node: Node): boolean;
}

export function lookupIn({ graph, index, engine, firstLayer, ranges, choice }: FlowFacts): Lookup {
  const first = firstLayer === "float" ? firstLayers(graph) : new Map<Node, string>();
  const facts: PlacementFacts = {
    constant: (value) => (value === undefined ? undefined : graph.initializers.get(value)),
  };
  const rowOf = (node: Node) => (node.domain === "" ? PLACEMENTS.get(node.opType) : undefined);

  function placed(node: Node) {
    const row = rowOf(node);
    const placement = row?.[engine];
    if (!row || !placement || placement.when?.(node, facts) === false) return undefined;
    return placement.role !== "weighted" && choice.excluded(node) ? undefined : { row, placement };
  }

  function dataOf(node: Node) {
    const data = rowOf(node)?.data ?? [];
    const inputs = data === "all" ? node.inputs : data.map((at) => node.inputs[at] ?? "");
    const constants = inputs.map(facts.constant).filter((tensor) => tensor !== undefined);
    return { values: inputs.filter((input) => facts.constant(input) === undefined), constants };
  }

  function fusedEnd(node: Node): string {
    const value = node.outputs[0]!;
    const [taker, ...others] = index.consumers(value);
    const visible = index.isOutput(value) || index.isCaptured(value);
    const fuses = taker && placed(taker)?.placement.role === "fuses" && taker.inputs[0] === value;
    return fuses && others.length === 0 && !visible ? taker.outputs[0]! : value;
  }

  /**
   * Whether a value is a Softmax's, moved perhaps. Many small shares are told badly by 8 bits; and ONNX Runtime 1.30 makes
   * a QLinearSoftmax of a Softmax between DQ and Q, which takes the scale of its output for 1/256 whatever it is.
   */
  function comesFromSoftmax(value: string): boolean {
    for (let maker = index.producer(value); maker; maker = index.producer(maker.inputs[0]!)) {
      if (maker.opType === "Softmax") return true;
      if (rowOf(maker)?.[engine]?.role !== "passes") return false;
    }
    return false;
  }

  function refusalOf(node: Node): string | undefined {
    const chosen = choice.refusal(node);
    if (chosen !== undefined) return chosen;
    const weights = facts.constant(node.inputs[1]);
    if (!weights) return "its weights are worked out as the model runs";
    if (weights.type !== "float") return `its weights are ${weights.type}`;
    const bias = facts.constant(node.inputs[2]);
    if (node.inputs[2] && bias?.type !== "float") return "its bias is no constant";
    if (bias && !isByChannel(node, weights, bias)) return "its bias is not one value for each channel";
    if (first.has(node) && !choice.named(node)) return `it is ${first.get(node)}`;
    if (comesFromSoftmax(node.inputs[0]!)) return "it takes the shares of a Softmax";
    if (facts.constant(node.inputs[0])) return "what it takes is a constant";
    if (!ranges.has(node.inputs[0]!)) return "calibration saw no finite range of its input";
    return ranges.has(fusedEnd(node)) ? undefined : "calibration saw no finite range of its output";
  }

  const isTransparent = (node: Node): boolean =>
    engine === "tensorrt" && dataOf(node).values.every((value) => ranges.has(value));

  return { placed, dataOf, fusedEnd, refusalOf, isTransparent };
}
