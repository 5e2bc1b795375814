import { attributes, intAttribute } from "../../onnx/attributes.ts";
import { cloneModel, closeInitializers } from "../../onnx/clone-model.ts";
import { prune } from "../../onnx/graph-index.ts";
import { tensorOf } from "../../onnx/tensor.ts";
import type { Node, OnnxModel } from "../../onnx/types.ts";
import { upgradeOpset } from "../../onnx/upgrade/index.ts";
import { nameNodes } from "../fold/names.ts";
import { type GraphEditor, graphEditor, linearNode } from "../graph-editor.ts";
import { quantizeLayer } from "../layer.ts";
import { isLayer } from "../placement/is-layer.ts";
import { choiceOf } from "../placement/selection.ts";
import { WEIGHT_ONLY_PROFILE } from "../profiles.ts";
import type { LayerReport, Selection } from "../types.ts";
import { packNibbles, quantizeBlocks } from "./blocks.ts";
import { weightMatrix } from "./matrix.ts";

export interface WeightOnlyOptions extends Selection {
  bits: 4 | 8;
  /** Weights with a scale each: a power of 2 from 16. Without it, a scale for each output channel (8 bits only). */
  blockSize?: number;
}

export interface WeightOnly {
  model: OnnxModel;
  layers: LayerReport[];
}

/** Blocks and integers of 4 bits come with opset 21 (DequantizeLinear-21). */
const BLOCK_OPSET = 21;
const DEFAULT_BLOCK = 32;

/** Why a layer stays in float where weights are to be in blocks. */
export const NO_PRODUCT = "blocks are for MatMul and Gemm";

/**
 * The model with the weights of its layers in integers, and all else as it was: it takes less memory, and no calibration.
 * With blocks, MatMul and Gemm alone: TensorRT makes a weight-only GEMM of them. ONNX Runtime makes MatMulNBits of them, with
 * blocks or without, which on processors rounds what comes in to 8 bits as well (its default accuracy level, 4). The model is
 * one that `prepare` gives.
 */
export function weightOnly(
  model: OnnxModel,
  { bits, blockSize, ...selection }: WeightOnlyOptions,
): WeightOnly {
  const size = blockSize ?? (bits === 4 ? DEFAULT_BLOCK : undefined);
  if (size !== undefined && (size < 16 || !Number.isInteger(Math.log2(size)))) {
    throw new Error(`a block is a power of 2 from 16, not ${size}`);
  }
  const smaller = cloneModel(size === undefined ? model : upgradeOpset(model, BLOCK_OPSET));
  closeInitializers(smaller);
  const { graph } = smaller;
  nameNodes(graph);
  const choice = choiceOf(graph, selection);
  const editor = graphEditor(graph);
  const layers = graph.nodes.filter(isLayer).map((node): LayerReport => {
    const refusal = choice.refusal(node) ?? weightsRefusal(editor, node, size);
    if (refusal !== undefined)
      return { name: node.name, opType: node.opType, precision: "float", reason: refusal };
    if (size !== undefined) return putBlocks(editor, node, bits, size);
    const { nodes, report } = quantizeLayer(editor, node, { scale: 1 }, WEIGHT_ONLY_PROFILE);
    editor.before(node, ...nodes);
    return report;
  });
  editor.finish();
  prune(graph);
  return { model: smaller, layers };
}

function weightsRefusal({ graph }: GraphEditor, node: Node, size: number | undefined): string | undefined {
  const tensor = graph.initializers.get(node.inputs[1] ?? "");
  if (!tensor) return "its weights are worked out as the model runs";
  if (tensor.type !== "float") return `its weights are ${tensor.type}`;
  if (size === undefined) return undefined;
  if (node.opType !== "MatMul" && node.opType !== "Gemm") return NO_PRODUCT;
  return tensor.dims.length === 2 ? undefined : "its weights are no matrix";
}

function putBlocks(editor: GraphEditor, node: Node, bits: 4 | 8, size: number): LayerReport {
  const name = node.inputs[1]!;
  const { rows, columns, values } = weightMatrix(editor.graph, node)!;
  const { integers, scales, sqnr, deadColumns } = quantizeBlocks({
    name,
    weights: values,
    rows,
    columns,
    size,
    greatest: bits === 4 ? 7 : 127,
  });
  const inputs = [
    editor.constant(`${name}_quantized`, (wish) =>
      bits === 4
        ? tensorOf(wish, "int4", [rows, columns], packNibbles(integers))
        : tensorOf(wish, "int8", [rows, columns], integers),
    ),
    editor.constant(`${name}_scale`, (wish) =>
      tensorOf(wish, "float", [Math.ceil(rows / size), columns], scales),
    ),
  ];
  const output = editor.fresh(`${name}_dequantized`);
  const dequantize = linearNode("DequantizeLinear", editor.fresh(`${name}_DequantizeLinear`), inputs, output);
  dequantize.attributes = attributes(intAttribute("axis", 0), intAttribute("block_size", size));
  editor.before(node, dequantize);
  node.inputs[1] = output;
  node.attributes.delete("transB");
  return {
    name: node.name,
    opType: node.opType,
    precision: bits === 4 ? "int4" : "int8",
    weights: {
      elements: values.length,
      channels: columns,
      sqnr,
      deadChannels: deadColumns,
      widenedChannels: 0,
    },
  };
}
