import { intOf } from "../../onnx/attributes.ts";
import type { Graph, Node } from "../../onnx/types.ts";
import { isLayer } from "./is-layer.ts";

/** Channels of a picture, at most. */
const FEW_CHANNELS = 4;

/**
 * Convolutions on a picture: on few channels, with no weights before them; and depthwise ones with no weights but those before
 * them, which see each channel alone and even out nothing. Each with what it is.
 */
export function firstLayers(graph: Graph): Map<Node, string> {
  const first = new Map<Node, string>();
  const untouched = new Set(graph.inputs.map(({ name }) => name));
  const behindFirst = new Set<string>();
  const allIn = ({ inputs }: Node, values: ReadonlySet<string>): boolean =>
    inputs.every((input) => input === "" || values.has(input) || graph.initializers.has(input));
  for (const node of graph.nodes) {
    const [raw, behind] = [allIn(node, untouched), allIn(node, behindFirst)];
    const channels = graph.initializers.get(node.inputs[1] ?? "")?.dims[1] ?? Number.POSITIVE_INFINITY;
    const groups = intOf(node, "group", 1);
    const onPicture = raw && node.opType === "Conv" && channels * groups <= FEW_CHANNELS;
    const depthwise = behind && node.opType === "Conv" && channels === 1 && groups > 1;
    if (onPicture) first.set(node, "the first layer");
    else if (depthwise) first.set(node, "depthwise, right behind the first layer");
    for (const output of node.outputs) {
      if (raw && !isLayer(node)) untouched.add(output);
      if (onPicture || (behind && !isLayer(node))) behindFirst.add(output);
    }
  }
  return first;
}
