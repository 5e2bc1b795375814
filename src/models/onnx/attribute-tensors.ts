import {
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  TensorProto_DataLocation,
} from "./onnx_pb.ts";

/** Tensors that stand in attributes: of a Constant, and all in the bodies of If, Loop and Scan, to any depth. */
export function* tensorsIn(attributes: Iterable<AttributeProto>): Generator<TensorProto> {
  for (const { t, tensors, g, graphs } of attributes) {
    if (t) yield t;
    yield* tensors;
    for (const body of g ? [g, ...graphs] : graphs) {
      yield* body.initializer;
      yield* tensorsIn(attributesOf(body.node));
    }
  }
}

/** All tensors of a model, those of its functions too. */
export function* allTensors({ graph, functions }: ModelProto): Generator<TensorProto> {
  yield* graph?.initializer ?? [];
  for (const { node } of [...(graph ? [graph] : []), ...functions]) yield* tensorsIn(attributesOf(node));
}

const attributesOf = (nodes: readonly NodeProto[]): AttributeProto[] =>
  nodes.flatMap(({ attribute }) => attribute);

export const isExternal = ({ dataLocation }: TensorProto): boolean =>
  dataLocation === TensorProto_DataLocation.EXTERNAL;

type Replace = (tensor: TensorProto) => TensorProto;

/** The attribute with others in place of the tensors whose values lie beside the model; itself where it has none. */
export function withTensors(attribute: AttributeProto, replace: Replace): AttributeProto {
  if (!tensorsIn([attribute]).some(isExternal)) return attribute;
  const inside: Replace = (tensor) => (isExternal(tensor) ? replace(tensor) : tensor);
  const { t, tensors, g, graphs } = attribute;
  return {
    ...attribute,
    ...(t && { t: inside(t) }),
    tensors: tensors.map(inside),
    ...(g && { g: bodyWith(g, inside) }),
    graphs: graphs.map((body) => bodyWith(body, inside)),
  };
}

const bodyWith = (body: GraphProto, replace: Replace): GraphProto => ({
  ...body,
  initializer: body.initializer.map(replace),
  node: body.node.map((node) => nodeWith(node, replace)),
});

/** The node with others in place of such tensors. */
export const nodeWith = (node: NodeProto, replace: Replace): NodeProto => ({
  ...node,
  attribute: node.attribute.map((attribute) => withTensors(attribute, replace)),
});
