import { create, toBinary } from "@bufbuild/protobuf";
import { nodeWith, withTensors } from "./attribute-tensors.ts";
import {
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "./onnx_pb.ts";
import type { ExternalPlace } from "./tensor-proto.ts";
import { DATA_TYPES, type Node, type OnnxModel, type Tensor, type ValueInfo } from "./types.ts";

/** Where to put a tensor's bytes: in the model (undefined), or in a file beside it. */
export type PlaceOf = (tensor: Tensor) => ExternalPlace | undefined;

/** The model's bytes. The same model gives the same bytes; one that was only read gives those that it was read from. */
export function encodeModel(model: OnnxModel, place: PlaceOf = () => undefined): Uint8Array {
  const { proto, irVersion, opsets, metadata, graph } = model;
  const written = (tensor: TensorProto): TensorProto => {
    const beside = model.besideInAttributes?.get(tensor);
    return beside ? tensorProto(beside, place(beside)) : tensor;
  };
  return toBinary(ModelProtoSchema, {
    ...proto,
    irVersion: BigInt(irVersion),
    opsetImport: [...opsets].map(([domain, version]) => opsetOf(proto.opsetImport, domain, version)),
    metadataProps: entries(metadata),
    graph: {
      ...(proto.graph ?? create(GraphProtoSchema)),
      name: graph.name,
      node: graph.nodes.map((node) => nodeProto(node, written)),
      initializer: [...graph.initializers.values()].map((tensor) => tensorProto(tensor, place(tensor))),
      input: [...graph.inputs.map(valueProto), ...listedInitializers(model)],
      output: graph.outputs.map(valueProto),
      valueInfo: [...graph.values.values()].map(valueProto),
    },
    functions: proto.functions.map((each) => ({
      ...each,
      node: each.node.map((node) => nodeWith(node, written)),
    })),
  });
}

/** The same spelling of the default domain as before: "" or "ai.onnx". */
function opsetOf(before: OnnxModel["proto"]["opsetImport"], domain: string, version: number) {
  const known = before.find(
    (opset) => opset.domain === domain || (domain === "" && opset.domain === "ai.onnx"),
  );
  return { ...(known ?? create(OperatorSetIdProtoSchema, { domain })), version: BigInt(version) };
}

const entries = (map: ReadonlyMap<string, string>) =>
  [...map].map(([key, value]) => create(StringStringEntryProtoSchema, { key, value }));

/** Before IR version 4 an initializer had to be an input as well. */
function listedInitializers({ proto, irVersion, graph }: OnnxModel): ValueInfoProto[] {
  const listed = proto.graph?.input.filter(({ name }) => graph.initializers.has(name)) ?? [];
  if (irVersion >= 4) return listed;
  const names = new Set(listed.map(({ name }) => name));
  const added = [...graph.initializers.values()].filter(({ name }) => !names.has(name));
  return [...listed, ...added.map(({ name, type, dims }) => valueProto({ name, type, dims: [...dims] }))];
}

const nodeProto = (node: Node, written: (tensor: TensorProto) => TensorProto): NodeProto => ({
  ...(node.proto ?? create(NodeProtoSchema, { domain: node.domain })),
  name: node.name,
  opType: node.opType,
  input: node.inputs,
  output: node.outputs,
  attribute: [...node.attributes.values()].map((attribute) => withTensors(attribute, written)),
});

function tensorProto(tensor: Tensor, place: ExternalPlace | undefined): TensorProto {
  const { name, type, dims, proto } = tensor;
  if (proto && !place) return proto.name === name ? proto : { ...proto, name };
  const base = create(TensorProtoSchema, { name, dataType: DATA_TYPES[type], dims: dims.map(BigInt) });
  if (!place) return { ...base, rawData: tensor.raw() };
  return {
    ...base,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: entries(
      new Map([
        ["location", place.location],
        ["offset", String(place.offset)],
        ["length", String(place.length)],
      ]),
    ),
  };
}

function valueProto({ name, type, dims, proto }: ValueInfo): ValueInfoProto {
  if (type === undefined) return proto ?? create(ValueInfoProtoSchema, { name });
  const shape =
    dims &&
    create(TensorShapeProtoSchema, {
      dim: dims.map((dim) =>
        create(TensorShapeProto_DimensionSchema, {
          value:
            typeof dim === "number"
              ? { case: "dimValue", value: BigInt(dim) }
              : typeof dim === "string"
                ? { case: "dimParam", value: dim }
                : { case: undefined },
        }),
      ),
    });
  const tensorType = create(TypeProto_TensorSchema, { elemType: DATA_TYPES[type], ...(shape && { shape }) });
  return {
    ...(proto ?? create(ValueInfoProtoSchema)),
    name,
    type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensorType } }),
  };
}
