import { intOf, intsOf, tensorAttributeOf } from "../../onnx/attributes.ts";
import {
  computedTensor,
  countOf,
  dataTypeOf,
  floatsOf,
  integersOf,
  reshaped,
  tensorOf,
} from "../../onnx/tensor.ts";
import { NO_EXTERNAL_DATA, readTensor } from "../../onnx/tensor-proto.ts";
import type { Node, Tensor } from "../../onnx/types.ts";
import { broadcastDims, broadcastStrides, walk } from "./broadcast.ts";
import type { FoldContext, Pass } from "./pass.ts";

/**
 * Works out what is made of constants alone: the chains that exporters leave between a weight and its operator. Large
 * results are computed when they are read, not held.
 */
export const foldConstants: Pass = (context) => {
  const { graph, index } = context;
  const before = graph.nodes.length;
  graph.nodes = graph.nodes.filter((node) => {
    const [output] = node.outputs;
    if (node.domain !== "" || output === undefined || index.isOutput(output) || index.isCaptured(output))
      return true;
    const tensor = evaluate(node, context);
    if (!tensor) return true;
    graph.initializers.set(output, tensor);
    return false;
  });
  return graph.nodes.length < before;
};

function evaluate(node: Node, context: FoldContext): Tensor | undefined {
  if (node.opType === "Constant") return constantOf(node, context);
  const rule = RULES.get(node.opType);
  if (!rule || node.outputs.length !== 1) return undefined;
  const inputs = node.inputs.map((input) => context.graph.initializers.get(input));
  return inputs.every((input) => input !== undefined) ? rule(node, inputs) : undefined;
}

/** The initializer that a Constant stands for; undefined for one of strings, and for a sparse one. */
function constantOf(node: Node, { beside }: FoldContext): Tensor | undefined {
  const name = node.outputs[0]!;
  const tensor = tensorAttributeOf(node, "value");
  if (tensor) return renamed(beside?.get(tensor) ?? readTensor(tensor, NO_EXTERNAL_DATA), name);
  for (const { name: kind, f, i, floats, ints } of node.attributes.values()) {
    if (kind === "value_float") return tensorOf(name, "float", [], Float32Array.of(f));
    if (kind === "value_floats") return tensorOf(name, "float", [floats.length], Float32Array.from(floats));
    if (kind === "value_int") return tensorOf(name, "int64", [], BigInt64Array.of(i));
    if (kind === "value_ints") return tensorOf(name, "int64", [ints.length], BigInt64Array.from(ints));
  }
  return undefined;
}

/** Strings stand nowhere but in the message that they were read from. */
const renamed = (tensor: Tensor, name: string): Tensor | undefined =>
  tensor.type === "string" ? undefined : reshaped(tensor, name, tensor.dims);

type Rule = (node: Node, inputs: readonly Tensor[]) => Tensor | undefined;

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["Identity", ({ outputs }, [data]) => reshaped(data!, outputs[0]!, data!.dims)],
  ["Reshape", reshape],
  ["Flatten", flatten],
  ["Squeeze", squeeze],
  ["Unsqueeze", unsqueeze],
  ["Transpose", transpose],
  ["Cast", cast],
  ["Add", combine((a, b) => a + b)],
  ["Sub", combine((a, b) => a - b)],
  ["Mul", combine((a, b) => a * b)],
  ["Div", combine((a, b) => a / b)],
  ["Neg", apply((a) => -a)],
  ["Sqrt", apply(Math.sqrt)],
  ["Reciprocal", apply((a) => 1 / a)],
]);

function reshape(node: Node, [data, shape]: readonly Tensor[]): Tensor | undefined {
  const wanted = shape && integersOf(shape);
  if (!data || !wanted || intOf(node, "allowzero", 0) === 1) return undefined;
  const dims = wanted.map((dim, at) => (dim === 0 ? (data.dims[at] ?? 0) : dim));
  const known = dims.reduce((product, dim) => (dim === -1 ? product : product * dim), 1);
  const full = dims.map((dim) => (dim === -1 ? countOf(data.dims) / known : dim));
  return countOf(full) === countOf(data.dims) ? reshaped(data, node.outputs[0]!, full) : undefined;
}

function flatten(node: Node, [data]: readonly Tensor[]): Tensor | undefined {
  const { dims } = data!;
  const axis = intOf(node, "axis", 1);
  const at = axis < 0 ? axis + dims.length : axis;
  return reshaped(data!, node.outputs[0]!, [countOf(dims.slice(0, at)), countOf(dims.slice(at))]);
}

function squeeze(node: Node, [data, axes]: readonly Tensor[]): Tensor {
  const { dims } = data!;
  const given = intsOf(node, "axes") ?? (axes && integersOf(axes));
  const dropped = new Set(given?.map((axis) => (axis < 0 ? axis + dims.length : axis)));
  const kept = dims.filter((dim, at) => (given ? !dropped.has(at) : dim !== 1));
  return reshaped(data!, node.outputs[0]!, kept);
}

function unsqueeze(node: Node, [data, axes]: readonly Tensor[]): Tensor | undefined {
  const given = intsOf(node, "axes") ?? (axes && integersOf(axes));
  if (!given) return undefined;
  const rank = data!.dims.length + given.length;
  const dims = [...data!.dims];
  const places = given.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
  for (const at of places) dims.splice(at, 0, 1);
  return reshaped(data!, node.outputs[0]!, dims);
}

function transpose(node: Node, [data]: readonly Tensor[]): Tensor | undefined {
  if (data!.type !== "float") return undefined;
  const rank = data!.dims.length;
  const order = intsOf(node, "perm") ?? [...data!.dims.keys()].reverse();
  if (order.length !== rank) return undefined;
  const dims = order.map((axis) => data!.dims[axis]!);
  const own = broadcastStridesOfAll(data!.dims);
  const strides = order.map((axis) => own[axis]!);
  const still = strides.map(() => 0);
  return computedTensor(node.outputs[0]!, "float", dims, () => {
    const values = floatsOf(data!);
    const moved = new Float32Array(values.length);
    walk(dims, strides, still, (at, from) => {
      moved[at] = values[from]!;
    });
    return moved;
  });
}

const broadcastStridesOfAll = (dims: readonly number[]): number[] =>
  dims.map((_, at) => countOf(dims.slice(at + 1)));

function cast(node: Node, [data]: readonly Tensor[]): Tensor | undefined {
  const name = node.outputs[0]!;
  const to = dataTypeOf(intOf(node, "to", 0));
  if (to === data!.type) return reshaped(data!, name, data!.dims);
  const wide = data!.type === "float16" || data!.type === "bfloat16" || data!.type === "double";
  return to === "float" && wide
    ? computedTensor(name, "float", data!.dims, () => floatsOf(data!))
    : undefined;
}

/** Beyond it, two small constants broadcast against each other would make a large one. */
const MAX_GROWTH = 4;

function combine(operation: (a: number, b: number) => number): Rule {
  return (node, [a, b]) => {
    if (a?.type !== "float" || b?.type !== "float") return undefined;
    const dims = broadcastDims(a.dims, b.dims);
    if (!dims || countOf(dims) > MAX_GROWTH * (countOf(a.dims) + countOf(b.dims))) return undefined;
    return computedTensor(node.outputs[0]!, "float", dims, () => {
      const [left, right] = [floatsOf(a), floatsOf(b)];
      const result = new Float32Array(countOf(dims));
      walk(dims, broadcastStrides(a.dims, dims), broadcastStrides(b.dims, dims), (at, i, j) => {
        result[at] = operation(left[i]!, right[j]!);
      });
      return result;
    });
  };
}

function apply(operation: (a: number) => number): Rule {
  return (node, [data]) =>
    data!.type === "float"
      ? computedTensor(node.outputs[0]!, "float", data!.dims, () => floatsOf(data!).map(operation))
      : undefined;
}
