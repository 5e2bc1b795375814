import type { Node } from "../../onnx/types.ts";
import { type FlowFacts, type Lookup, lookupIn, type NodeData } from "./lookup.ts";

export interface Flow extends Pick<Lookup, "placed" | "dataOf"> {
  /** Why a node with weights is left in float. */
  refusals: ReadonlyMap<Node, string>;
  /** The values at the end of a node, what fuses with it included, that it can give as integers. */
  ends: ReadonlyMap<Node, readonly string[]>;
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
        const fused = fusedInput(node, facts, lookup, ends);
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
    strengthOf({ values, constants }: NodeData): Strength | undefined {
      if (values.length === 0 || constants.some(({ type }) => type !== "float")) return undefined;
      const all = values.map((value) => strengths.get(value));
      if (all.includes(undefined)) return undefined;
      return all.includes("loose") ? "loose" : "firm";
    },
  };
}

/** The input of an Add that a weighted operator makes for it alone; of two, the one that is made later. */
function fusedInput(
  node: Node,
  { graph, index, ranges }: FlowFacts,
  { placed }: Lookup,
  ends: Flow["ends"],
): string | undefined {
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
