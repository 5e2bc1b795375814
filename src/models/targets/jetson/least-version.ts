import { ModelFileError } from "../../onnx/model-error.ts";
import type { OnnxModel } from "../../onnx/types.ts";
import { atLeast, type TensorRtVersion, TYPED_SINCE, versionText } from "./version.ts";

const OLDEST = 8;

/**
 * The oldest TensorRT that understands the model: up to 8 its parser takes the scales of Q and DQ for float32, whatever they
 * are (onnx-tensorrt before 9, QuantDequantLinearHelper).
 */
export function leastMajor({ graph }: OnnxModel): number {
  const half = graph.nodes.some(
    ({ opType, inputs: [, scale] }) =>
      (opType === "QuantizeLinear" || opType === "DequantizeLinear") &&
      graph.initializers.get(scale ?? "")?.type === "float16",
  );
  return half ? TYPED_SINCE : OLDEST;
}

/** Throws a ModelFileError for a model that is for a newer TensorRT. */
export function refuseNewer(model: OnnxModel, version: TensorRtVersion): void {
  const least = leastMajor(model);
  if (atLeast(version, least)) return;
  throw new ModelFileError(
    `the model is for TensorRT ${least} and newer (its Q/DQ are of float16), and this is ${versionText(version)}`,
    {
      hint: "Quantize it for this one: deploy-model run --target jetson on this device, or --bundle without --tensorrt.",
    },
  );
}
