import type { QuantizationProfile } from "./types.ts";

/**
 * TensorRT quantizes symmetrically and takes the bias in float (TensorRT, "Working with Quantized Types" and "Explicit
 * Quantization"). Weights are floats with Q and DQ, which it quantizes as it builds: every version from 8 to 11 takes that, and 8
 * refuses integers ("invalid weights type of Int8": onnxruntime issue 11535, TensorRT issue 2163, both 8.4; for it ONNX Runtime's
 * quantizer has AddQDQPairToWeight). This profile is for all versions.
 */
export const TENSORRT_PROFILE: QuantizationProfile = {
  engine: "tensorrt",
  activations: "s8-symmetric",
  perChannel: true,
  weights: "float",
  reduceRange: false,
  firstLayer: "float",
  bias: "float",
  rest: "float32",
};

/**
 * TensorRT from 10 on computes in the types that the model says (strong typing), so that what is not int8 has to say float16
 * itself. Up to 9 the builder chooses, where it is allowed --fp16; the parser of 8 reads any scale as float32 (onnx-tensorrt
 * before 9, QuantDequantLinearHelper).
 */
export const TENSORRT_10_PROFILE: QuantizationProfile = { ...TENSORRT_PROFILE, rest: "float16" };

/**
 * ONNX Runtime's CPU kernels; unsigned activations let a Relu dissolve into the clipping of its quantizer. Set
 * `reduceRange` for an x86 processor without VNNI.
 */
export const CPU_PROFILE: QuantizationProfile = {
  engine: "onnxruntime",
  activations: "u8-asymmetric",
  perChannel: true,
  weights: "int8",
  reduceRange: false,
  firstLayer: "float",
  bias: "int32",
  rest: "float32",
};

/** Weights alone: activations and bias stay in float, whatever runs the model. */
export const WEIGHT_ONLY_PROFILE: QuantizationProfile = { ...TENSORRT_PROFILE, weights: "int8" };
