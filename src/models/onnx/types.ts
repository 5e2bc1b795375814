import type { AttributeProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from "./onnx_pb.ts";

/**
 * An ONNX model (IR specification, https://github.com/onnx/onnx/blob/main/docs/IR.md) as it is worked on here: plain
 * mutable data, numbers for the integers that stay small, weights as views that are read when they are asked for.
 * What this form does not show (doc strings, functions, training) is kept in `proto` and written back.
 */
export interface OnnxModel {
  irVersion: number;
  /** Version by domain; "" is the default domain, ai.onnx. */
  opsets: Map<string, number>;
  metadata: Map<string, string>;
  graph: Graph;
  /** Of the tensors in attributes and bodies, those whose values lie in files beside the model. */
  besideInAttributes?: ReadonlyMap<TensorProto, Tensor>;
  /** As it was read, for everything else. */
  proto: ModelProto;
}

export interface Graph {
  name: string;
  /** In an order in which every node comes after those that it takes values from (IR.md, "Graphs"). */
  nodes: Node[];
  /** What the caller gives: initializers that older models list among the inputs are not here. */
  inputs: ValueInfo[];
  outputs: ValueInfo[];
  initializers: Map<string, Tensor>;
  /** What the model says about values inside. */
  values: Map<string, ValueInfo>;
}

export interface Node {
  name: string;
  opType: string;
  /** "" is ai.onnx. */
  domain: string;
  /** "" stands for an optional input that is left out. */
  inputs: string[];
  outputs: string[];
  attributes: Map<string, Attribute>;
  proto?: NodeProto;
}

export type Attribute = AttributeProto;

/** A dimension: its length, the name of one that is chosen at run time, or nothing known. */
export type Dimension = number | string | undefined;

export interface ValueInfo {
  name: string;
  /** Undefined for what is no tensor (sequence, map, optional). */
  type: DataType | undefined;
  /** Undefined when the rank is not known. */
  dims: Dimension[] | undefined;
  proto?: ValueInfoProto;
}

export interface Tensor {
  name: string;
  type: DataType;
  dims: readonly number[];
  /**
   * Its elements in row-major order, little-endian. A view on the model's bytes where it stands in the model; read from
   * the file at each call where it stands beside it, so that weights larger than memory are never held at once.
   */
  raw(): Uint8Array;
  /** Bytes of `raw()`, known without reading. */
  byteLength: number;
  /** As it was read, when its values stand in the model: strings are kept nowhere else. */
  proto?: TensorProto;
}

/** Names of TensorProto.DataType (onnx.proto). */
export const DATA_TYPES = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
  complex64: 14,
  complex128: 15,
  bfloat16: 16,
  float8e4m3fn: 17,
  float8e4m3fnuz: 18,
  float8e5m2: 19,
  float8e5m2fnuz: 20,
  uint4: 21,
  int4: 22,
  float4e2m1: 23,
  float8e8m0: 24,
  uint2: 25,
  int2: 26,
} as const;
export type DataType = keyof typeof DATA_TYPES;
