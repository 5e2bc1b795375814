import type { OnnxModel } from "../onnx/types.ts";
import { upgradeOpset } from "../onnx/upgrade/index.ts";
import { fold } from "./fold/index.ts";

/**
 * The form that is calibrated and quantized: operators of opset 13 or later, folded. It computes what the model does, but
 * for the last bits of rounding.
 */
export const prepare = (model: OnnxModel, opset = 13): OnnxModel => fold(upgradeOpset(model, opset));
