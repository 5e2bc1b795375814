import { floatOf, intOf } from "../../onnx/attributes.ts";
import { computedTensor, floatsOf, tensorOf } from "../../onnx/tensor.ts";
import type { Node } from "../../onnx/types.ts";
import type { FoldContext, Pass } from "./pass.ts";

/** Works Gemm's alpha and beta into its constants and makes its bias a plain list: the form that integer kernels take. */
export const plainGemm: Pass = (context) => {
  const nodes = context.graph.nodes.filter(({ opType, domain }) => opType === "Gemm" && domain === "");
  return nodes.map((node) => [foldAlpha(context, node), foldBeta(context, node)].some(Boolean)).some(Boolean);
};

function foldAlpha(context: FoldContext, node: Node): boolean {
  const alpha = floatOf(node, "alpha", 1);
  const weights = context.constant(node.inputs[1]);
  if (alpha === 1 || weights?.type !== "float") return false;
  context.replaceConstant(node, 1, `${node.inputs[1]}_scaled`, (name) =>
    computedTensor(name, "float", weights.dims, () => floatsOf(weights).map((value) => value * alpha)),
  );
  node.attributes.delete("alpha");
  return true;
}

function foldBeta(context: FoldContext, node: Node): boolean {
  const beta = floatOf(node, "beta", 1);
  const weights = context.constant(node.inputs[1]);
  const bias = context.constant(node.inputs[2]);
  const values = context.floats(node.inputs[2]);
  const columns = weights?.dims[intOf(node, "transB", 0) === 1 ? 0 : 1];
  if (!bias || !values || columns === undefined) return false;
  const fits = values.length === 1 || (values.length === columns && bias.dims.at(-1) === columns);
  if (!fits || (beta === 1 && bias.dims.length === 1 && bias.dims[0] === columns)) return false;
  const list = Float32Array.from({ length: columns }, (_, c) => beta * values[values.length === 1 ? 0 : c]!);
  context.replaceConstant(node, 2, `${node.inputs[2]}_scaled`, (name) =>
    tensorOf(name, "float", [columns], list),
  );
  node.attributes.delete("beta");
  return true;
}

/** MatMul and an Add of a constant row are a Gemm, where the input is known to be a matrix. */
export const matMulAddToGemm: Pass = (context) => {
  let found = false;
  for (const node of [...context.graph.nodes]) {
    const add =
      node.opType === "MatMul" && node.domain === "" ? context.soleTaker(node.outputs[0]!) : undefined;
    const weights = context.constant(node.inputs[1]);
    if (add?.opType !== "Add" || add.domain !== "" || weights?.type !== "float") continue;
    const bias = add.inputs[0] === node.outputs[0] ? add.inputs[1]! : add.inputs[0]!;
    if (weights.dims.length !== 2 || context.ranks(node.inputs[0]!) !== 2) continue;
    if (!isRow(context, bias, weights.dims[1]!)) continue;
    node.opType = "Gemm";
    node.inputs.push(bias);
    context.absorb(node, add);
    found = true;
  }
  return found;
};

function isRow(context: FoldContext, name: string, columns: number): boolean {
  const tensor = context.constant(name);
  if (tensor?.type !== "float" || tensor.dims.length > 2) return false;
  return tensor.dims.every((dim, axis) => dim === 1 || (dim === columns && axis === tensor.dims.length - 1));
}
