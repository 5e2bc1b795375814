import { hasSubgraphs } from "../../onnx/attributes.ts";
import { indexGraph } from "../../onnx/graph-index.ts";
import { floatsOf } from "../../onnx/tensor.ts";
import type { Graph, Node, Tensor } from "../../onnx/types.ts";
import { type ValueTypes, valueTypes } from "../../onnx/value-types.ts";
import type { Choice } from "../placement/selection.ts";
import type { Ranges } from "../types.ts";
import { decomposedNorms } from "./norms.ts";
import { GREATEST, HEADROOM, LEAST, MOVERS, NEUTRAL, SCALE_TOLERANCE, sensitivityOf } from "./rules.ts";

export type Precision = "float16" | "float";

export interface Precisions {
  /** Of a node that computes with floats; undefined for one that does not, or takes them as they come. */
  of(node: Node): Precision | undefined;
  /** Of a value of floats, as the node that makes it gives it; undefined for one of another type. */
  ofValue(value: string): Precision | undefined;
  /** Why a node stays in float32. */
  reasons: ReadonlyMap<Node, string>;
}

export interface PrecisionFacts {
  graph: Graph;
  /** Undefined: what was not measured is not checked. */
  ranges: Ranges | undefined;
  choice: Choice;
  /** Whether QuantizeLinear and DequantizeLinear may have float16 on their float side: since opset 19. */
  halfScales: boolean;
}

/** Decides for each node, in the order of the graph, since movers go with what comes before them. */
export function precisionsOf(facts: PrecisionFacts): Precisions {
  const { graph } = facts;
  const typeOf = valueTypes(graph);
  const norms = decomposedNorms(graph);
  const index = indexGraph(graph);
  const nodes = new Map<Node, Precision>();
  const reasons = new Map<Node, string>();
  const ofValue = (value: string): Precision | undefined => {
    if (typeOf(value) !== "float") return undefined;
    const producer = index.producer(value);
    return (producer && nodes.get(producer)) ?? "float";
  };
  for (const node of graph.nodes) {
    if (NEUTRAL.has(node.opType) || !touchesFloats(node, typeOf)) continue;
    const affine = norms.affine.get(node);
    const reason =
      norms.nodes.has(node) || (affine !== undefined && ofValue(affine) === "float")
        ? "it is part of a normalization"
        : reasonFor(node, facts, typeOf, nodes, index.producer);
    if (reason !== undefined) reasons.set(node, reason);
    const follows =
      MOVERS.has(node.opType) &&
      ofValue(node.inputs[0]!) === "float" &&
      !graph.initializers.has(node.inputs[0]!);
    nodes.set(node, reason !== undefined || follows ? "float" : "float16");
  }
  return { of: (node) => nodes.get(node), ofValue, reasons };
}

const touchesFloats = (node: Node, typeOf: ValueTypes): boolean =>
  [...node.inputs, ...node.outputs].some(
    (value) => typeOf(value) === "float" || (value !== "" && typeOf(value) === undefined),
  );

function reasonFor(
  node: Node,
  facts: PrecisionFacts,
  typeOf: ValueTypes,
  decided: ReadonlyMap<Node, Precision>,
  producer: (value: string) => Node | undefined,
): string | undefined {
  const { graph, choice } = facts;
  if (choice.refusal(node) !== undefined) return choice.refusal(node);
  if (node.domain !== "") return `what ${node.domain} takes is not known`;
  if (hasSubgraphs(node)) return "its bodies are left as they are";
  if (sensitivityOf(node.opType)) return sensitivityOf(node.opType);
  const named = [...node.inputs, ...node.outputs].filter((value) => value !== "");
  if (named.some((value) => typeOf(value) === undefined))
    return "the type of what it takes or gives is not known";
  if (!node.inputs.some((input) => typeOf(input) === "float")) return "it makes float32 of something else";
  if (node.opType === "QuantizeLinear" || node.opType === "DequantizeLinear")
    return scaleReason(node, facts) ?? constantReason([graph.initializers.get(node.inputs[0]!)]);
  const coarse = node.inputs
    .map(producer)
    .find((maker) => maker?.opType === "DequantizeLinear" && decided.get(maker) === "float");
  if (coarse) return "float16 does not have a scale of what it takes";
  return (
    rangeReason(named, facts.ranges) ??
    constantReason(node.inputs.map((input) => graph.initializers.get(input)))
  );
}

function scaleReason(node: Node, { graph, halfScales }: PrecisionFacts): string | undefined {
  if (!halfScales) return "its scales are float32 before opset 19";
  const tensor = graph.initializers.get(node.inputs[1]!);
  const scales = tensor?.type === "float" ? floatsOf(tensor) : new Float32Array([Number.NaN]);
  const greatest = scales.reduce((most, scale) => Math.max(most, scale), 0);
  const fits = scales.every(
    (scale) => Math.abs(Math.max(Math.f16round(scale), LEAST) - scale) <= greatest * SCALE_TOLERANCE,
  );
  return fits && greatest <= GREATEST ? undefined : "float16 does not have its scale";
}

function rangeReason(values: readonly string[], ranges: Ranges | undefined): string | undefined {
  for (const value of values) {
    const range = ranges?.get(value);
    const size = range ? Math.max(Math.abs(range.min), Math.abs(range.max)) : 0;
    if (!(size * HEADROOM <= GREATEST))
      return `${value} reaches ${size.toPrecision(3)}, and float16 ends at ${GREATEST}`;
  }
  return undefined;
}

/** A constant of which more than this share would become zero is not the same any more: an ε, for instance. */
const MAX_LOST_SHARE = 0.01;

function constantReason(constants: readonly (Tensor | undefined)[]): string | undefined {
  for (const tensor of constants) {
    if (tensor?.type !== "float") continue;
    const { lost, greatest, count } = extremesOf(floatsOf(tensor));
    if (!(greatest <= GREATEST))
      return `${tensor.name} reaches ${greatest.toPrecision(3)}, and float16 ends at ${GREATEST}`;
    if (lost > MAX_LOST_SHARE * count) return `${tensor.name} is too small for float16`;
  }
  return undefined;
}

/** Half of the least float16: what is less becomes zero. */
const VANISHING = 2 ** -25;

function extremesOf(values: Float32Array): { lost: number; greatest: number; count: number } {
  let [lost, greatest] = [0, 0];
  for (const value of values) {
    const size = Math.abs(value);
    if (size !== 0 && size <= VANISHING) lost++;
    if (!(size <= greatest)) greatest = size;
  }
  return { lost, greatest, count: values.length };
}
