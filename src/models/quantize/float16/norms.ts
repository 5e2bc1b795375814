import { type GraphIndex, indexGraph } from "../../onnx/graph-index.ts";
import type { Graph, Node } from "../../onnx/types.ts";

export interface DecomposedNorms {
  /** What is computed in float32. */
  nodes: ReadonlySet<Node>;
  /**
   * The gain and the shift behind, each with the value that is normalized: ONNX Runtime fuses all of it, a Cast before and
   * after the division included, and wants these in the precision of that value (layer_norm_fusion.cc, 1.30).
   */
  affine: ReadonlyMap<Node, string>;
}

/**
 * Normalizations that an exporter wrote out: √(mean((x − mean(x))²) + ε) and the division by it, with the mean taken off
 * (LayerNormalization) or not (RMSNormalization).
 */
export function decomposedNorms(graph: Graph): DecomposedNorms {
  const index = indexGraph(graph);
  const nodes = new Set<Node>();
  const affine = new Map<Node, string>();
  for (const sqrt of graph.nodes) {
    const chain = sqrt.opType === "Sqrt" ? chainOf(sqrt, graph, index) : undefined;
    if (!chain) continue;
    for (const node of [...chain.before, sqrt, ...chain.ends]) nodes.add(node);
    for (const end of chain.ends) {
      for (const node of affineOf(graph, index, end.outputs[0]!)) affine.set(node, chain.input);
    }
  }
  return { nodes, affine };
}

interface Chain {
  input: string;
  before: Node[];
  ends: Node[];
}

function chainOf(sqrt: Node, graph: Graph, index: GraphIndex): Chain | undefined {
  const add = maker(index, sqrt.inputs[0], "Add");
  const epsilon = add?.inputs.find((input) => graph.initializers.has(input));
  const mean = maker(
    index,
    add?.inputs.find((input) => input !== epsilon),
    "ReduceMean",
  );
  const square = maker(index, mean?.inputs[0], "Pow") ?? squareOf(index, mean?.inputs[0]);
  if (!add || epsilon === undefined || !mean || !square) return undefined;
  const ends = index
    .consumers(sqrt.outputs[0]!)
    .filter(({ opType }) => opType === "Div" || opType === "Reciprocal");
  const centred = maker(index, square.inputs[0], "Sub");
  const average = maker(index, centred?.inputs[1], "ReduceMean");
  const before = centred && average ? [average, centred, square, mean, add] : [square, mean, add];
  return { input: (centred && average ? centred : square).inputs[0]!, before, ends };
}

const maker = (index: GraphIndex, value: string | undefined, opType: string): Node | undefined => {
  const node = value === undefined ? undefined : index.producer(value);
  return node?.opType === opType ? node : undefined;
};

function squareOf(index: GraphIndex, value: string | undefined): Node | undefined {
  const product = maker(index, value, "Mul");
  return product?.inputs[0] === product?.inputs[1] ? product : undefined;
}

/** The Mul and the Add by constants that follow, which runtimes fuse with it. */
function affineOf(graph: Graph, index: GraphIndex, value: string): Node[] {
  const [taker, ...others] = index.consumers(value);
  const affine = taker?.opType === "Mul" || taker?.opType === "Add";
  if (!taker || !affine || others.length > 0 || !taker.inputs.some((input) => graph.initializers.has(input)))
    return [];
  return [taker, ...(taker.opType === "Mul" ? affineOf(graph, index, taker.outputs[0]!) : [])];
}
