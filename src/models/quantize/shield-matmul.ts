import type { GraphIndex } from "../onnx/graph-index.ts";
import type { Ranks } from "../onnx/ranks.ts";
import { reshaped } from "../onnx/tensor.ts";
import type { Node } from "../onnx/types.ts";
import type { GraphEditor } from "./graph-editor.ts";

/**
 * Keeps ONNX Runtime from making a float Gemm of a quantized MatMul and the bias that is added to it: before it looks for
 * Q/DQ it fuses a MatMul with an Add of one or two dimensions (onnxruntime/core/optimizer/matmul_add_fusion.cc, 1.30). A
 * bias of three dimensions is the same bias where the product has three or more.
 */
export function shieldMatMuls(
  editor: GraphEditor,
  { index, rankOf }: { index: GraphIndex; rankOf: Ranks },
  matMuls: readonly Node[],
): void {
  const { graph } = editor;
  for (const node of matMuls) {
    const product = node.outputs[0]!;
    const [add] = index.consumers(product);
    if (node.opType !== "MatMul" || add?.opType !== "Add" || (rankOf(product) ?? 0) < 3) continue;
    add.inputs = add.inputs.map((input) => {
      const bias = graph.initializers.get(input);
      if (bias === undefined || bias.dims.length > 2) return input;
      const dims = [...new Array<number>(3 - bias.dims.length).fill(1), ...bias.dims];
      return editor.constant(`${input}_broadcast`, (name) => reshaped(bias, name, dims));
    });
  }
}
