import type { GraphIndex } from "../../onnx/graph-index.ts";
import type { Graph, Node, Tensor } from "../../onnx/types.ts";
import type { Engine, QuantizationProfile, RangeLookup } from "../types.ts";
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
  ranges: RangeLookup;
  choice: Choice;
}

export interface Flow {
  /** The row and placement of a node that takes part; undefined for one that is left in float. */
  placed(node: Node): { row: PlacementRow; placement: Placement } | undefined;
  /** Why a node with weights is left in float. */
  refusals: ReadonlyMap<Node, string>;
  /** The values at the end of a node, what fuses with it included, that it can give as integers. */
  ends: ReadonlyMap<Node, readonly string[]>;
  /** Inputs that carry data: those that are no constants, and those that are. */
  dataOf(node: Node): { values: string[]; constants: Tensor[] };
  /** For a residual Add: the input that fuses with the operator that makes it. */
  fusedInputs: ReadonlyMap<Node, string>;
}

/** Follows integers from the weighted operators down the graph, as far as the table lets them come. */
export function flowOf(facts: FlowFacts): Flow {
  const refusals = new Map<Node, string>();
  const ends = new Map<Node, readonly string[]>();
  const fusedInputs = new Map<Node, string>();
  const lookup = lookupIn(facts);
  const arrivals = arrivalsOf();
  const end = (node: Node, strength: Strength | undefined, values = [lookup.fusedEnd(node)]): void => {
    if (!values.every((value) => facts.ranges.has(value))) return;
    ends.set(node, values);
    if (strength) arrivals.add(values, strength);
  };

  for (const node of facts.graph.nodes) {
    if (lookup.placed(node)?.placement.role !== "weighted") continue;
    const refusal = lookup.refusalOf(node);
    if (refusal !== undefined) refusals.set(node, refusal);
    // It is in integers for this node; so whoever else can takes it so.
    else arrivals.add([node.inputs[0]!], "firm");
  }
  for (const node of facts.graph.nodes) {
    const placement = lookup.placed(node)?.placement;
    const strength = placement && arrivals.strengthOf(lookup.dataOf(node));
    switch (placement?.role) {
      case "weighted":
        if (!refusals.has(node)) end(node, placement.output === "always" ? "firm" : "loose");
        break;
      case "residual": {
        const fused = lookup.fusedInput(node, ends);
        if (fused === undefined) break;
        fusedInputs.set(node, fused);
        end(node, "firm");
        break;
      }
      case "passes":
        if (strength || lookup.isTransparent(node)) end(node, strength, node.outputs.filter(isNamed));
        break;
      case "joins":
        if (strength || lookup.isTransparent(node)) end(node, strength);
        break;
      case "rescales":
        if (strength === "firm" || (strength && facts.engine === "tensorrt")) end(node, "firm");
    }
  }
  return { placed: lookup.placed, dataOf: lookup.dataOf, refusals, ends, fusedInputs };
}

const isNamed = (value: string): boolean => value !== "";

/**
 * A firm value is in integers in any case. A loose one can be, but its kernel gives floats as well, and a bias that is
 * added to it in float costs next to nothing and loses nothing.
 */
type Strength = "firm" | "loose";

function arrivalsOf() {
  const strengths = new Map<string, Strength>();
  return {
    add: (values: readonly string[], strength: Strength): void => {
      for (const value of values) if (strengths.get(value) !== "firm") strengths.set(value, strength);
    },
    /** Undefined where one of the values does not come in integers. */
    strengthOf({ values, constants }: ReturnType<Flow["dataOf"]>): Strength | undefined {
      if (values.length === 0 || constants.some(({ type }) => type !== "float")) return undefined;
      const all = values.map((value) => strengths.get(value));
      if (all.includes(undefined)) return undefined;
      return all.includes("loose") ? "loose" : "firm";
    },
  };
}

function lookupIn({ graph, index, engine, firstLayer, ranges, choice }: FlowFacts) {
  const first = firstLayer === "float" ? firstLayers(graph) : new Set<Node>();
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

  /** The value behind the node, or behind the Relu or Clip that dissolves into it. */
  function fusedEnd(node: Node): string {
    const value = node.outputs[0]!;
    const [taker, ...others] = index.consumers(value);
    const visible = index.isOutput(value) || index.isCaptured(value);
    const fuses = taker && placed(taker)?.placement.role === "fuses" && taker.inputs[0] === value;
    return fuses && others.length === 0 && !visible ? taker.outputs[0]! : value;
  }

  function refusalOf(node: Node): string | undefined {
    const chosen = choice.refusal(node);
    if (chosen !== undefined) return chosen;
    const weights = facts.constant(node.inputs[1]);
    if (!weights) return "its weights are worked out as the model runs";
    if (weights.type !== "float") return `its weights are ${weights.type}`;
    if (node.inputs[2] && facts.constant(node.inputs[2])?.type !== "float") return "its bias is no constant";
    if (first.has(node) && !choice.named(node)) return "it is the first layer";
    if (facts.constant(node.inputs[0])) return "what it takes is a constant";
    if (!ranges.has(node.inputs[0]!)) return "calibration saw no range of its input";
    return ranges.has(fusedEnd(node)) ? undefined : "calibration saw no range of its output";
  }

  /** Whether TensorRT moves quantizers across it: it then counts for the scales on both sides, and gets none itself. */
  const isTransparent = (node: Node): boolean =>
    engine === "tensorrt" && dataOf(node).values.every((value) => ranges.has(value));

  /** The input of an Add that a weighted operator makes for it alone; of two, the one that is made later. */
  function fusedInput(node: Node, ends: ReadonlyMap<Node, readonly string[]>): string | undefined {
    const known = node.inputs.every((input) => ranges.has(input) && !graph.initializers.has(input));
    if (!known || node.inputs[0] === node.inputs[1]) return undefined;
    const own = node.inputs.filter((input) => {
      const maker = index.producer(input);
      const weighted = maker && ends.has(maker) && placed(maker)?.placement.role === "weighted";
      return weighted && index.consumers(input).length === 1 && !index.isOutput(input);
    });
    const madeAt = (value: string): number => graph.nodes.indexOf(index.producer(value)!);
    return own.sort((a, b) => madeAt(b) - madeAt(a))[0];
  }

  return { placed, dataOf, fusedEnd, refusalOf, isTransparent, fusedInput };
}
