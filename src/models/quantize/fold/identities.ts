import { redirect } from "../../onnx/graph-index.ts";
import type { Node } from "../../onnx/types.ts";
import type { FoldContext, Pass } from "./pass.ts";

/** Takes out what gives back what it gets when a model is run, not trained: Identity, Dropout. */
export const dropIdentities: Pass = (context) => {
  const { graph, index } = context;
  const idle = graph.nodes.filter((node) => isIdle(node, context));
  for (const node of idle) {
    redirect(index.consumers(node.outputs[0]!), node.outputs[0]!, node.inputs[0]!);
  }
  const gone = new Set(idle);
  graph.nodes = graph.nodes.filter((node) => !gone.has(node));
  return idle.length > 0;
};

function isIdle(node: Node, { index, constant }: FoldContext): boolean {
  const [output, mask] = node.outputs;
  if (node.domain !== "" || index.isOutput(output!) || index.isCaptured(output!)) return false;
  if (node.opType === "Identity") return true;
  if (node.opType !== "Dropout" || (mask && (index.isOutput(mask) || index.consumers(mask).length > 0)))
    return false;
  const training = node.inputs[2];
  return !training || constant(training)?.raw()[0] === 0;
}
