import type { QuantizationProfile } from "./types.ts";

/**
 * TensorRT quantizes symmetrically and takes the bias in float (TensorRT, "Working with Quantized Types" and "Explicit
 * Quantization").
 */
export const TENSORRT_PROFILE: QuantizationProfile = {
  engine: "tensorrt",
  activations: "s8-symmetric",
  perChannel: true,
  reduceRange: false,
  firstLayer: "float",
  bias: "float",
};

/**
 * ONNX Runtime's CPU kernels; unsigned activations let a Relu dissolve into the clipping of its quantizer. Set
 * `reduceRange` for an x86 processor without VNNI.
 */
export const CPU_PROFILE: QuantizationProfile = {
  engine: "onnxruntime",
  activations: "u8-asymmetric",
  perChannel: true,
  reduceRange: false,
  firstLayer: "float",
  bias: "int32",
};

/** Weights alone: activations and bias stay in float, whatever runs the model. */
export const WEIGHT_ONLY_PROFILE: QuantizationProfile = { ...TENSORRT_PROFILE };
