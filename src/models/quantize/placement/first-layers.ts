import { intOf } from "../../onnx/attributes.ts";
import type { Graph, Node } from "../../onnx/types.ts";
import { PLACEMENTS } from "./table.ts";

/** Channels of a picture, at most. */
const FEW_CHANNELS = 4;

/** Convolutions on a picture: on few channels, with no weights before them. */
export function firstLayers(graph: Graph): Set<Node> {
  const untouched = new Set(graph.inputs.map(({ name }) => name));
  const first = new Set<Node>();
  for (const node of graph.nodes) {
    const raw = node.inputs.every(
      (input) => input === "" || untouched.has(input) || graph.initializers.has(input),
    );
    if (!raw) continue;
    if (!isWeighted(node)) for (const output of node.outputs) untouched.add(output);
    const channels = graph.initializers.get(node.inputs[1] ?? "")?.dims[1] ?? Number.POSITIVE_INFINITY;
    if (node.opType === "Conv" && channels * intOf(node, "group", 1) <= FEW_CHANNELS) first.add(node);
  }
  return first;
}

const isWeighted = ({ opType, domain }: Node): boolean =>
  domain === "" && PLACEMENTS.get(opType)?.channelAxis !== undefined;
