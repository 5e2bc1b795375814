import { create } from "@bufbuild/protobuf";
import {
  AttributeProtoSchema,
  type GraphProto,
  AttributeProto_AttributeType as Kind,
  type TensorProto,
} from "./onnx_pb.ts";
import type { Attribute, Node } from "./types.ts";

/** Reading a node's attributes, with the default that the operator's specification gives. */

export const intOf = (node: Node, name: string, otherwise: number): number => {
  const found = node.attributes.get(name);
  return found?.type === Kind.INT ? Number(found.i) : otherwise;
};

export const floatOf = (node: Node, name: string, otherwise: number): number => {
  const found = node.attributes.get(name);
  return found?.type === Kind.FLOAT ? found.f : otherwise;
};

export const stringOf = (node: Node, name: string, otherwise: string): string => {
  const found = node.attributes.get(name);
  return found?.type === Kind.STRING ? new TextDecoder().decode(found.s) : otherwise;
};

export const intsOf = (node: Node, name: string): number[] | undefined => {
  const found = node.attributes.get(name);
  return found?.type === Kind.INTS ? found.ints.map(Number) : undefined;
};

/** Writing them. */

export const intAttribute = (name: string, value: number): Attribute =>
  create(AttributeProtoSchema, { name, type: Kind.INT, i: BigInt(value) });

export const floatAttribute = (name: string, value: number): Attribute =>
  create(AttributeProtoSchema, { name, type: Kind.FLOAT, f: value });

export const stringAttribute = (name: string, value: string): Attribute =>
  create(AttributeProtoSchema, { name, type: Kind.STRING, s: new TextEncoder().encode(value) });

export const intsAttribute = (name: string, values: readonly number[]): Attribute =>
  create(AttributeProtoSchema, { name, type: Kind.INTS, ints: values.map(BigInt) });

/** Attributes of a new node by name. */
export const attributes = (...all: Attribute[]): Map<string, Attribute> =>
  new Map(all.map((attribute) => [attribute.name, attribute]));

/** The graphs that a node holds (If, Loop, Scan), as they stand in the file; in the order of the attributes. */
export const bodiesOf = (node: Node): GraphProto[] =>
  [...node.attributes.values()].flatMap(({ g, graphs }) => (g ? [g, ...graphs] : graphs));

export const tensorAttributeOf = (node: Node, name: string): TensorProto | undefined =>
  node.attributes.get(name)?.t;

/** Whether the node holds graphs of its own, whose bodies see the outer values by name. */
export const hasSubgraphs = (node: Node): boolean => bodiesOf(node).length > 0;
