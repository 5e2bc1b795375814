import { create } from "@bufbuild/protobuf";
import { floatAttribute, intAttribute, intsAttribute, stringAttribute } from "./attributes.ts";
import { ModelProtoSchema } from "./onnx_pb.ts";
import { tensorOf } from "./tensor.ts";
import type { Attribute, DataType, Dimension, Node, OnnxModel, Tensor, ValueInfo } from "./types.ts";

/** A model for a test, written down as a table. */
export interface ModelSketch {
  opset?: number;
  irVersion?: number;
  inputs: Record<string, Dimension[] | ValueInfo>;
  outputs: Record<string, Dimension[] | ValueInfo>;
  nodes: Node[];
  weights?: Tensor[];
}

export const modelOf = ({
  opset = 17,
  irVersion = 8,
  inputs,
  outputs,
  nodes,
  weights = [],
}: ModelSketch): OnnxModel => ({
  irVersion,
  opsets: new Map([["", opset]]),
  metadata: new Map(),
  graph: {
    name: "test",
    nodes,
    inputs: infos(inputs),
    outputs: infos(outputs),
    initializers: new Map(weights.map((tensor) => [tensor.name, tensor])),
    values: new Map(),
  },
  proto: create(ModelProtoSchema, { producerName: "test" }),
});

const infos = (sketches: ModelSketch["inputs"]): ValueInfo[] =>
  Object.entries(sketches).map(([name, sketch]) =>
    Array.isArray(sketch) ? { name, type: "float", dims: sketch } : sketch,
  );

/** Attributes: whole numbers become INT(S), others FLOAT; give an Attribute for what that would get wrong. */
export type AttributeSketch = Record<string, number | string | number[] | Attribute>;

export const node = (
  opType: string,
  inputs: string[],
  outputs: string[],
  attributes: AttributeSketch = {},
  name = `${opType}_${outputs[0]}`,
): Node => ({
  name,
  opType,
  domain: "",
  inputs,
  outputs,
  attributes: new Map(
    Object.entries(attributes).map(([key, value]) => [key, attributeOf(key, value)] as const),
  ),
});

function attributeOf(name: string, value: AttributeSketch[string]): Attribute {
  if (typeof value === "string") return stringAttribute(name, value);
  if (Array.isArray(value)) return intsAttribute(name, value);
  if (typeof value !== "number") return value;
  return Number.isInteger(value) ? intAttribute(name, value) : floatAttribute(name, value);
}

/** Numbers that look random and are the same in every run (mulberry32), in [-1, 1). */
export function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

export function weight(name: string, dims: number[], seed: number, size = 0.5): Tensor {
  const next = noise(seed);
  const count = dims.reduce((product, dim) => product * dim, 1);
  return tensorOf(
    name,
    "float",
    dims,
    Float32Array.from({ length: count }, () => next() * size),
  );
}

export const floats = (name: string, dims: number[], values: number[]): Tensor =>
  tensorOf(name, "float", dims, Float32Array.from(values));

export const integers = (name: string, values: number[], dims = [values.length]): Tensor =>
  tensorOf(name, "int64", dims, BigInt64Array.from(values, BigInt));

export const infoOf = (name: string, type: DataType, dims: Dimension[]): ValueInfo => ({ name, type, dims });
