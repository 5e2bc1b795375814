import type { OnnxModel } from "../onnx/types.ts";

/** The least and greatest value that a tensor is taken to have; what lies beyond is clipped. */
export interface TensorRange {
  min: number;
  max: number;
  /**
   * Of its channels, dimension 1, where calibration kept them: by it the bias of a layer makes up for what its weights lose
   * on average by their rounding.
   */
  means?: Float64Array;
}

/** By the name of the tensor, of every tensor of floats that calibration has seen. */
export type Ranges = ReadonlyMap<string, TensorRange>;

/** Whose kernels the Q/DQ nodes are to fuse into: it picks the column of the placement table. */
export type Engine = "onnxruntime" | "tensorrt";

/** What a target wants of a quantized model. */
export interface QuantizationProfile {
  engine: Engine;
  /** Signed with zero at 0, or unsigned with a zero point, which fits what lies on one side of zero better. */
  activations: "s8-symmetric" | "u8-asymmetric";
  /** A scale for each output channel of the weights, or one for them all. */
  perChannel: boolean;
  /** Integers with DQ behind them; or floats, rounded to what the integers stand for, with Q and DQ. */
  weights: "int8" | "float";
  /**
   * Weights of 7 bits: x86 before VNNI adds two products of 8 bits in 16 and saturates (Intel SDM, VPMADDUBSW; ONNX
   * Runtime, "Quantize ONNX models", reduce_range).
   */
  reduceRange: boolean;
  /**
   * A Conv on four channels or fewer with no weights before it: the first of a network for pictures. It is a small part
   * of the work and a large part of what is lost, as the 8 bits of the picture are rounded to another 8. Measured on
   * ResNet-56 for CIFAR-10, by MSE, for ONNX Runtime: 27.3 dB and 82.8 % top-1 with it in integers, 28.1 dB and 83.8 %
   * with it in float; 84.0 % all in float. A depthwise Conv right behind it goes with it: on UltraFace RFB-320 that lowers
   * the noise of the faces' logits from 0.21 to 0.18 (TensorRT's placement: 0.35 to 0.26), and is 9 % faster on `cpu`.
   */
  firstLayer: "float" | "int8";
  /** Integers of 32 bits with the scale of input × weight, as ONNX Runtime's kernels take it, or left as it is. */
  bias: "int32" | "float";
  /** What everything else computes in, where it loses nothing by it: see `toFloat16`. */
  rest: "float32" | "float16";
}

/** Which nodes take part, by their names or operators; `*` stands for any characters. */
export interface Selection {
  /** Left in float. */
  exclude?: readonly string[];
  /** Of the layers with weights, these alone are quantized; what lies between them follows. */
  only?: readonly string[];
  /** Exact names of nodes that are left in float because the accuracy of the whole asks for it. */
  keep?: ReadonlySet<string>;
}

export interface WeightReport {
  elements: number;
  channels: number;
  /** 10·log₁₀(Σw² / Σ(w−ŵ)²) in dB; Infinity when nothing was lost. */
  sqnr: number;
  /** Channels in which every weight is zero. */
  deadChannels: number;
  /** Channels whose scale was made coarser so that the bias fits into 32 bits. */
  widenedChannels: number;
}

/** What became of a layer: a node with weights. */
export interface LayerReport {
  name: string;
  opType: string;
  precision: "int8" | "int4" | "float16" | "float";
  /** Why it was left in float. */
  reason?: string;
  weights?: WeightReport;
}

/** value = scale · (quantized − zeroPoint) */
export interface ActivationScale {
  scale: number;
  zeroPoint: number;
}

export interface Quantized {
  model: OnnxModel;
  /** In the order of the graph. */
  layers: LayerReport[];
  /** Of each activation that has Q/DQ, in the order of the graph. */
  scales: Map<string, ActivationScale>;
}
