import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { readModel } from "../../onnx/read-model.ts";
import type { Node } from "../../onnx/types.ts";
import type { Ort } from "../../ort/types.ts";
import type { Kernels } from "../types.ts";

/**
 * Loads the model and counts the kernels that ONNX Runtime chose for it, in the graph that it would run. Rejects with a
 * ModelFileError for a model that it does not take. `cacheDir` holds that graph while it is read.
 */
export async function kernelsOf(ort: Ort, modelFile: string, cacheDir: string): Promise<Kernels> {
  await mkdir(cacheDir, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(cacheDir, "optimized-"));
  try {
    const optimizedModelFile = join(folder, "model.onnx");
    await (await ort.session(modelFile, { optimizedModelFile })).close();
    return countKernels((await readModel(optimizedModelFile)).graph.nodes);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Operators of ONNX Runtime and ONNX that compute in integers (onnxruntime, docs/ContribOperators.md). */
const INTEGER =
  /^(QLinear\w+|QGemm|QAttention|\w+Integer(ToFloat)?|DynamicQuantize(MatMul|LSTM)|MatMulNBits|QMoE)$/;
const CONVERSION = /^(QuantizeLinear|DequantizeLinear|DynamicQuantizeLinear|Cast)$/;
/** Layers with weights, as they are fused. */
const LAYER =
  /^(Fused)?(Conv|ConvTranspose|Gemm|MatMul|MatMulActivation)$|^(Attention|MultiHeadAttention|LSTM|GRU|RNN)$/;

export function countKernels(nodes: readonly Node[]): Kernels {
  const operators: Record<string, number> = {};
  for (const { opType } of nodes) operators[opType] = (operators[opType] ?? 0) + 1;
  const count = (kind: RegExp) =>
    Object.entries(operators).reduce(
      (sum, [operator, times]) => (kind.test(operator) ? sum + times : sum),
      0,
    );
  return { integer: count(INTEGER), float: count(LAYER), conversions: count(CONVERSION), operators };
}
