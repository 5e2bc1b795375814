import { intOf } from "../../onnx/attributes.ts";
import { floatsOf } from "../../onnx/tensor.ts";
import type { Graph, Node } from "../../onnx/types.ts";

/** The weights of a MatMul or Gemm as [rows, columns]: rows are summed over, columns are the outputs. */
export interface WeightMatrix {
  rows: number;
  columns: number;
  values: Float32Array;
}

/** Undefined for weights that are no constant matrix of float32. */
export function weightMatrix(graph: Graph, node: Node): WeightMatrix | undefined {
  const tensor = graph.initializers.get(node.inputs[1] ?? "");
  if (tensor?.type !== "float" || tensor.dims.length !== 2) return undefined;
  const [first, second] = tensor.dims as [number, number];
  if (intOf(node, "transB", 0) === 0) return { rows: first, columns: second, values: floatsOf(tensor) };
  return { rows: second, columns: first, values: transposed(floatsOf(tensor), first, second) };
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = values[row * columns + column]!;
    }
  }
  return result;
}
