import { intOf } from "./attributes.ts";
import type { Graph, Node } from "./types.ts";

/**
 * Nodes that normalize by the batch that they are given, as a model does while it is trained: BatchNormalization with more
 * outputs than one up to opset 13, or with training_mode since (ONNX, BatchNormalization-9 and -14).
 */
export const inTraining = ({ nodes }: Graph): Node[] =>
  nodes.filter(
    (node) =>
      node.opType === "BatchNormalization" &&
      node.domain === "" &&
      (node.outputs.length > 1 || intOf(node, "training_mode", 0) === 1),
  );
