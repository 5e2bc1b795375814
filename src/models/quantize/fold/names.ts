import { freshNames } from "../../onnx/graph-index.ts";
import type { Graph } from "../../onnx/types.ts";

/** Gives a name to each node that has none, or that of another: layers are reported, chosen and left out by it. */
export function nameNodes(graph: Graph): void {
  const fresh = freshNames(graph);
  const taken = new Set<string>();
  const count = new Map<string, number>();
  for (const node of graph.nodes) {
    const n = count.get(node.opType) ?? 0;
    count.set(node.opType, n + 1);
    if (node.name === "") node.name = fresh(`${node.opType}_${n}`);
    else if (taken.has(node.name)) node.name = fresh(node.name);
    taken.add(node.name);
  }
}
