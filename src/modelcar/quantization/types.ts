/** How weights are stored and multiplied, over all the methods that spell it differently. */
export const SCHEMES = [
  "awq-int4",
  "gptq-int4",
  "gptq-int8",
  "gptq-other",
  "w4a16",
  "w8a16-int8",
  "w8a16-fp8",
  "w8a8-int8",
  "w8a8-fp8",
  "w8a8-fp8-block",
  "w4a8-fp8",
  "w4a8-int8",
  "nvfp4",
  "w4a16-nvfp4",
  "mxfp4",
  "mxfp8",
  "bnb-int8",
  "bnb-4bit",
  "gguf",
  "aqlm",
  "bitblas",
  "deepspeedfp",
  "experts-int8",
  "hqq",
  "inc",
  "quark-fp8",
  "quark-mxfp4",
  "torchao",
  "fp-quant",
  "auto-round",
  "sparse24",
  "unknown",
] as const;

export type QuantizationScheme = (typeof SCHEMES)[number];

export interface QuantizationFacts {
  /** `quant_method` as written (`awq`, `compressed-tensors`, `modelopt`), or the name's word. */
  method: string;
  scheme: QuantizationScheme;
  /** Bits of a weight; undefined when the config does not say. */
  weightBits: number | undefined;
  activationBits: number | undefined;
  /** Weights that share a scale; undefined when per channel or per tensor. */
  groupSize: number | undefined;
  symmetric: boolean | undefined;
  /** GPTQ act-order. */
  descAct: boolean | undefined;
  /** FP8 with block scales: [rows, columns]. */
  blockSize: readonly [number, number] | undefined;
  /** What the checkpoint asks the KV cache to be (`fp8`), undefined: like the model. */
  kvCacheDtype: string | undefined;
  /** Modules left as they were. */
  ignored: string[];
  fromName: boolean;
}
