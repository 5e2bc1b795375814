import { indexGraph } from "../../onnx/graph-index.ts";
import type { Graph, Node } from "../../onnx/types.ts";
import type { QuantizationProfile, Ranges, TensorRange } from "../types.ts";
import { type Flow, flowOf } from "./flow.ts";
import type { FlowFacts } from "./lookup.ts";
import { scaleGroups } from "./scale-groups.ts";
import type { Choice } from "./selection.ts";

/** Which values get Q/DQ, and who takes them. */
export interface Plan {
  /** In the order in which the values come into being. */
  values: Map<string, PlannedValue>;
  /** Nodes whose weights are quantized, in the order of the graph. */
  weighted: Node[];
  /** The value at the end of such a node, the Relu or Clip that dissolves into it included. */
  endOf(node: Node): string;
  /** Nodes that run on integers beside them, and may have constants among their data. */
  active: ReadonlySet<Node>;
  /** Nodes with weights that are left in float, and why. */
  refusals: ReadonlyMap<Node, string>;
  /** Its range: that of all values which have to have one scale. */
  rangeOf(value: string): TensorRange;
  /** The name of the group of values with its scale. */
  groupOf(value: string): string;
}

export interface PlannedValue {
  /** Everyone takes the integers, where the node that makes them gives nothing else; or these nodes only. */
  takers: "everyone" | ReadonlySet<Node>;
}

export function planPlacement(
  graph: Graph,
  { engine, firstLayer }: Pick<QuantizationProfile, "engine" | "firstLayer">,
  ranges: Ranges,
  choice: Choice,
): Plan {
  const facts: FlowFacts = { graph, index: indexGraph(graph), engine, firstLayer, ranges, choice };
  const flow = flowOf(facts);
  const demands = demandsOf(facts, flow);
  const made = new Set([...flow.ends].flatMap(([node, values]) => (demands.active.has(node) ? values : [])));
  const values = new Map<string, PlannedValue>();
  for (const value of inOrder(graph)) {
    const takers = demands.takers.get(value);
    const always = demands.always.has(value);
    if (!takers && !always) continue;
    values.set(value, { takers: engine === "onnxruntime" && made.has(value) ? "everyone" : takers! });
  }
  return {
    values,
    weighted: graph.nodes.filter((node) => isWeighted(flow, node)),
    endOf: (node) => flow.ends.get(node)![0]!,
    active: demands.active,
    refusals: flow.refusals,
    ...groupsOf(facts, flow, values),
  };
}

const isWeighted = (flow: Flow, node: Node): boolean =>
  flow.placed(node)?.placement.role === "weighted" && flow.ends.has(node);

function* inOrder(graph: Graph): Generator<string> {
  for (const { name } of graph.inputs) yield name;
  for (const { outputs } of graph.nodes) yield* outputs;
}

interface Demands {
  /** By value: the nodes that take it as integers. */
  takers: Map<string, Set<Node>>;
  /** Values that are integers whoever takes them. */
  always: Set<string>;
  active: Set<Node>;
}

/** From the outputs up: what takes integers wants them of what is before it, if that can give them. */
function demandsOf({ graph, engine }: FlowFacts, flow: Flow): Demands {
  const takers = new Map<string, Set<Node>>();
  const always = new Set<string>();
  const active = new Set<Node>();
  const wanted = new Set<string>();
  const demand = (value: string, node: Node): void => {
    wanted.add(value);
    takers.set(value, (takers.get(value) ?? new Set()).add(node));
  };

  for (const node of graph.nodes.toReversed()) {
    const ends = flow.ends.get(node);
    if (!ends) continue;
    const { placement } = flow.placed(node)!;
    if (placement.role === "weighted") {
      active.add(node);
      demand(node.inputs[0]!, node);
      if (placement.output === "always") for (const value of ends) always.add(value);
      continue;
    }
    if (!ends.some((value) => wanted.has(value))) continue;
    active.add(node);
    const { values } = flow.dataOf(node);
    const moves = placement.role === "passes" || placement.role === "joins";
    if (moves && engine === "tensorrt") for (const value of values) wanted.add(value);
    else for (const value of values) if (value !== flow.fusedInputs.get(node)) demand(value, node);
    if (engine === "onnxruntime") for (const value of ends) always.add(value);
  }
  return { takers, always, active };
}

/** An input of a Concat whose range is so much smaller than that of the whole keeps a scale of its own: 1 bit. */
const MAX_SPREAD = 2;

function groupsOf(facts: FlowFacts, flow: Flow, values: Plan["values"]) {
  const { ranges } = facts;
  const groups = scaleGroups();
  for (const [node, ends] of flow.ends) {
    const role = flow.placed(node)!.placement.role;
    if (role !== "passes" && role !== "joins") continue;
    for (const value of flow.dataOf(node).values) {
      if (role === "joins" && !sharesScale(facts, value, ends[0]!)) continue;
      for (const end of ends) groups.join(value, end);
    }
  }
  const hulls = new Map<string, TensorRange>();
  for (const value of values.keys()) {
    const root = groups.rootOf(value);
    const range = ranges.get(value)!;
    const hull = hulls.get(root) ?? range;
    hulls.set(root, { min: Math.min(hull.min, range.min), max: Math.max(hull.max, range.max) });
  }
  return {
    rangeOf: (value: string): TensorRange => hulls.get(groups.rootOf(value))!,
    groupOf: (value: string): string => groups.rootOf(value),
  };
}

/** Whether an input of a Concat can have the scale of the whole without a loss to anyone who takes it. */
function sharesScale({ index, ranges, engine }: FlowFacts, value: string, whole: string): boolean {
  const [part, all] = [ranges.get(value)!, ranges.get(whole)!];
  const alone = index.consumers(value).length === 1 && !index.isOutput(value);
  const near = spread(part) * MAX_SPREAD >= spread(all);
  if (engine === "tensorrt") return alone || near;
  // A Relu or Clip dissolves into its quantizer only while that clips at the same bounds.
  const sameSide = part.min >= 0 === all.min >= 0;
  return (alone || near) && sameSide && index.producer(value)?.opType !== "Clip";
}

const spread = ({ min, max }: TensorRange): number => Math.max(Math.abs(min), Math.abs(max));
