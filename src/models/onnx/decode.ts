import { fromBinary } from "@bufbuild/protobuf";
import { toError } from "../../base/errors.ts";
import { allTensors, isExternal } from "./attribute-tensors.ts";
import { ModelFileError } from "./model-error.ts";
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorShapeProto,
  type ValueInfoProto,
} from "./onnx_pb.ts";
import { dataTypeOf } from "./tensor.ts";
import { type ExternalData, NO_EXTERNAL_DATA, readTensor } from "./tensor-proto.ts";
import type { Dimension, Graph, Node, OnnxModel, Tensor, ValueInfo } from "./types.ts";

/**
 * Reads a model from its bytes, without copying weights. `external` answers for weights that lie in files beside it.
 * Throws a ModelFileError for everything that is no model: hostile bytes end here.
 */
export function decodeModel(bytes: Uint8Array, external: ExternalData = NO_EXTERNAL_DATA): OnnxModel {
  const proto = parse(bytes);
  if (!proto.graph || proto.opsetImport.length === 0) throw notOnnx("it has no graph");
  const inAttributes = allTensors(proto).drop(proto.graph.initializer.length).filter(isExternal);
  return {
    irVersion: Number(proto.irVersion),
    opsets: new Map(proto.opsetImport.map(({ domain, version }) => [defaultDomain(domain), Number(version)])),
    metadata: new Map(proto.metadataProps.map(({ key, value }) => [key, value])),
    graph: readGraph(proto.graph, external),
    besideInAttributes: new Map(inAttributes.map((tensor) => [tensor, readTensor(tensor, external)])),
    proto,
  };
}

function parse(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (thrown) {
    throw notOnnx(toError(thrown).message, thrown);
  }
}

const notOnnx = (why: string, cause?: unknown) =>
  new ModelFileError(`this is no ONNX model, or it is damaged: ${why}`, {
    hint: "Give a .onnx file as an exporter writes it. Was it downloaded completely?",
    cause,
  });

/** "ai.onnx" is another name of the default domain (IR.md, "Operator sets"). */
export const defaultDomain = (domain: string): string => (domain === "ai.onnx" ? "" : domain);

function readGraph(proto: GraphProto, external: ExternalData): Graph {
  if (proto.sparseInitializer.length > 0) {
    throw new ModelFileError("sparse initializers are not supported", {
      where: proto.sparseInitializer[0]!.values?.name ?? proto.name,
      hint: "Export the model with dense weights.",
    });
  }
  const initializers = new Map<string, Tensor>();
  for (const tensor of proto.initializer) {
    if (initializers.has(tensor.name))
      throw new ModelFileError("two initializers have this name", { where: tensor.name });
    initializers.set(tensor.name, readTensor(tensor, external));
  }
  return {
    name: proto.name,
    nodes: proto.node.map(readNode),
    inputs: proto.input.filter(({ name }) => !initializers.has(name)).map(readValue),
    outputs: proto.output.map(readValue),
    initializers,
    values: new Map(proto.valueInfo.map((value) => [value.name, readValue(value)])),
  };
}

const readNode = (proto: NodeProto): Node => ({
  name: proto.name,
  opType: proto.opType,
  domain: defaultDomain(proto.domain),
  inputs: [...proto.input],
  outputs: [...proto.output],
  attributes: new Map(proto.attribute.map((attribute) => [attribute.name, attribute])),
  proto,
});

function readValue(proto: ValueInfoProto): ValueInfo {
  const { name, type } = proto;
  if (type?.value.case !== "tensorType") return { name, type: undefined, dims: undefined, proto };
  const { elemType, shape } = type.value.value;
  return { name, type: dataTypeOf(elemType), dims: shape && readShape(shape), proto };
}

const readShape = ({ dim }: TensorShapeProto): Dimension[] =>
  dim.map(({ value }) => {
    if (value.case === "dimParam") return value.value || undefined;
    return value.case === "dimValue" ? Number(value.value) : undefined;
  });
