import type { OnnxModel } from "../onnx/types.ts";
import { upgradeOpset } from "../onnx/upgrade/index.ts";
import { fold, foldedConstants } from "./fold/index.ts";

/**
 * The form that is calibrated and quantized: operators of opset 13 or later, folded, each node with a name of its own. It
 * computes what the model does, but for the last bits of rounding. Constants are worked out before the upgrade, too, which
 * asks for some (the factors of a Resize).
 */
export const prepare = (model: OnnxModel, opset = 13): OnnxModel =>
  fold(upgradeOpset(foldedConstants(model), opset));
