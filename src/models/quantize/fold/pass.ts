import { freshNames, type GraphIndex, indexGraph } from "../../onnx/graph-index.ts";
import { type Ranks, ranksOf } from "../../onnx/ranks.ts";
import { floatsOf } from "../../onnx/tensor.ts";
import type { Graph, Node, OnnxModel, Tensor } from "../../onnx/types.ts";

/** One kind of simplification, which changes the graph in place; says whether it found anything. */
export type Pass = (context: FoldContext) => boolean;

/** A graph that is worked on, and what is known about it; what it knows is as old as the pass. */
export interface FoldContext {
  readonly graph: Graph;
  /** Tensors in attributes whose values lie in files beside the model. */
  readonly beside: OnnxModel["besideInAttributes"];
  readonly index: GraphIndex;
  readonly ranks: Ranks;
  fresh(wish: string): string;
  constant(value: string | undefined): Tensor | undefined;
  /** The elements of a constant of float32. */
  floats(value: string | undefined): Float32Array | undefined;
  /** The only node that takes the value; undefined where there are others, or where the caller gets to see it. */
  soleTaker(value: string): Node | undefined;
  /** Puts a constant in, under the same name where only this node takes the old one; the name it got. */
  replaceConstant(node: Node, at: number, wish: string, make: (name: string) => Tensor): void;
  /** Takes the node out; whoever took its output gets it from the other node now. */
  absorb(into: Node, node: Node): void;
}

export function foldContext({ graph, besideInAttributes }: OnnxModel): FoldContext {
  const index = indexGraph(graph);
  const fresh = freshNames(graph);
  const constant = (value: string | undefined) =>
    value === undefined || index.isCaptured(value) ? undefined : graph.initializers.get(value);
  return {
    graph,
    beside: besideInAttributes,
    index,
    ranks: ranksOf(graph),
    fresh,
    constant,
    floats: (value) => {
      const tensor = constant(value);
      return tensor?.type === "float" ? floatsOf(tensor) : undefined;
    },
    soleTaker: (value) => {
      const takers = index.consumers(value);
      const [only] = takers;
      const visible = index.isOutput(value) || index.isCaptured(value);
      return takers.length === 1 && !visible ? only : undefined;
    },
    replaceConstant(node, at, wish, make) {
      const before = node.inputs[at];
      const own = before !== undefined && index.consumers(before).length === 1 && !index.isOutput(before);
      const name = own ? before : fresh(wish);
      graph.initializers.set(name, make(name));
      node.inputs[at] = name;
    },
    absorb(into, node) {
      into.outputs[0] = node.outputs[0]!;
      graph.nodes.splice(graph.nodes.indexOf(node), 1);
    },
  };
}
