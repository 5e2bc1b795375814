import { cloneModel, closeInitializers } from "../../onnx/clone-model.ts";
import { prune, sortNodes } from "../../onnx/graph-index.ts";
import type { OnnxModel } from "../../onnx/types.ts";
import { foldBatchNorm } from "./batch-norm.ts";
import { foldConstants } from "./constants.ts";
import { matMulAddToGemm, plainGemm } from "./gemm.ts";
import { dropIdentities } from "./identities.ts";
import { nameNodes } from "./names.ts";
import { foldContext, type Pass } from "./pass.ts";
import { foldPad, meanToPool } from "./pooling.ts";
import { foldScaleShift } from "./scale-shift.ts";

const PASSES: readonly Pass[] = [
  foldConstants,
  dropIdentities,
  plainGemm,
  matMulAddToGemm,
  foldBatchNorm,
  foldScaleShift,
  foldPad,
  meanToPool,
];

/** The same function, with what is made of constants alone worked out; of any opset. */
export function foldedConstants(model: OnnxModel): OnnxModel {
  const folded = cloneModel(model);
  closeInitializers(folded);
  sortNodes(folded.graph);
  while (foldConstants(foldContext(folded)));
  prune(folded.graph);
  return folded;
}

/**
 * The same function with fewer operators, in the form that is quantized: what is constant is worked out, normalization
 * and bias stand in the weights, every node has a name. Values that are left keep their names, so that ranges which were
 * measured on it fit. The operators are those of opset 13 or later (`upgradeOpset`).
 */
export function fold(model: OnnxModel): OnnxModel {
  const folded = cloneModel(model);
  const { graph } = folded;
  closeInitializers(folded);
  sortNodes(graph);
  nameNodes(graph);
  while (PASSES.map((pass) => pass(foldContext(folded))).some(Boolean));
  prune(graph);
  return folded;
}
