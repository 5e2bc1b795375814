import { create } from "@bufbuild/protobuf";
import { GraphProtoSchema } from "./onnx_pb.ts";
import type { Graph, Node, OnnxModel } from "./types.ts";

/**
 * A copy whose nodes, names and maps can be changed without a change to the original. Tensors and attributes are shared:
 * both are replaced, never written to.
 */
export const cloneModel = (model: OnnxModel): OnnxModel => ({
  ...model,
  opsets: new Map(model.opsets),
  metadata: new Map(model.metadata),
  graph: cloneGraph(model.graph),
});

const cloneGraph = (graph: Graph): Graph => ({
  ...graph,
  nodes: graph.nodes.map(cloneNode),
  inputs: [...graph.inputs],
  outputs: [...graph.outputs],
  initializers: new Map(graph.initializers),
  values: new Map(graph.values),
});

export const cloneNode = (node: Node): Node => ({
  ...node,
  inputs: [...node.inputs],
  outputs: [...node.outputs],
  attributes: new Map(node.attributes),
});

/**
 * Takes initializers off the list of inputs, where older exporters put them: listed there, a caller may override them,
 * and no runtime folds or fuses what may change (IR.md, "Graphs").
 */
export function closeInitializers(model: OnnxModel): void {
  const { proto, graph } = model;
  const before = proto.graph ?? create(GraphProtoSchema);
  const input = before.input.filter(({ name }) => !graph.initializers.has(name));
  if (input.length === before.input.length) return;
  model.proto = { ...proto, graph: { ...before, input } };
  model.irVersion = Math.max(model.irVersion, 4);
}
