import { ExpectedError } from "../../base/errors.ts";
import type { OnnxModel } from "../onnx/types.ts";
import { prepare } from "../quantize/prepare.ts";
import { quantize } from "../quantize/quantize.ts";
import type { LayerReport, QuantizationProfile } from "../quantize/types.ts";
import { floatTensors } from "./calibration.ts";

/** Which layers int8 would take, without any data: quantized as if every activation lay between -1 and 1. */
export function layersInInt8(
  model: OnnxModel,
  profile: QuantizationProfile,
): { layers: LayerReport[]; problem: string | undefined } {
  try {
    const prepared = prepare(model);
    const ranges = new Map(floatTensors(prepared).map((name) => [name, { min: -1, max: 1 }]));
    return { layers: quantize(prepared, ranges, profile).layers, problem: undefined };
  } catch (thrown) {
    if (!(thrown instanceof ExpectedError)) throw thrown;
    return { layers: [], problem: thrown.message };
  }
}
