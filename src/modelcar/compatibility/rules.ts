import type { GpuVendor } from "../gpus/types.ts";
import type { QuantizationScheme } from "../quantization/types.ts";

/** What the code demands of NVIDIA's compute capability (× 10) from a release of vLLM on. */
export interface Era {
  from: string;
  /** `"unclear"`: the demand changed somewhere in here, and we do not know in which release. */
  minimum: number | "unclear";
  /** Largest capability that is accepted. */
  maximum?: number;
}

export interface QuantizationRule {
  schemes: readonly QuantizationScheme[];
  /** Oldest first; empty: never on NVIDIA. */
  eras: readonly Era[];
  /** Last release that knows the scheme. */
  until?: string;
  /** From this release on it lives in a plug-in that the image must carry. */
  pluginFrom?: string;
  /** Below this capability it loads, but multiplies in 16 bits: memory is saved, speed is not. */
  nativeFrom?: number;
  /** From this capability on Triton's kernels do that, below it Marlin's. */
  tritonFrom?: number;
  /** Other vendors; absent: not known. May be limited to some chips (AMD) or families (CPUs). */
  others: Partial<Record<Exclude<GpuVendor, "nvidia">, boolean | readonly string[]>>;
  source: string;
}

const CODE = "vllm/model_executor/layers/quantization, get_min_capability";
/** Intel GPUs and CPUs as of 0.33, TPUs as of 0.9, after which their table is a project of its own. */
const DOCS = "docs.vllm.ai, quantization: supported hardware";
/** Marlin for compute capability 7.5 was merged after 0.12 and documented in February 2026 (before 0.17). */
const TURING_MARLIN = "vllm#29901 and vllm#34319";

/**
 * compressed-tensors: 8.0 until 0.11 (vllm#25022, vllm#26297); Exllama takes symmetric weights on Turing since 0.12
 * (vllm#29732, but vllm#30602), Marlin since 0.14 (vllm#31000).
 */
const PACKED: readonly Era[] = [
  { from: "0.5.2", minimum: 80 },
  { from: "0.12.0", minimum: "unclear" },
  { from: "0.14.0", minimum: 75 },
];

/** 8.0 until Marlin learnt Turing, 7.5 from then on. */
const MARLIN: readonly Era[] = [
  { from: "0.5.2", minimum: 80 },
  { from: "0.13.0", minimum: "unclear" },
  { from: "0.17.0", minimum: 75 },
];

const FP8_CHIPS = ["gfx942", "gfx950", "gfx1200", "gfx1201"] as const;

/** Quantization against hardware, as vLLM's code and documentation have it; what a vendor supports is another table. */
export const QUANTIZATION_RULES: readonly QuantizationRule[] = [
  {
    schemes: ["awq-int4"],
    eras: [{ from: "0.2.0", minimum: 75 }],
    others: { amd: true, intel: true, cpu: ["x86"], tpu: false },
    source: `${CODE}; vllm#4202; ${DOCS} (AMD: listed in vllm/platforms/rocm.py, not in the table)`,
  },
  {
    schemes: ["gptq-int4", "gptq-int8", "gptq-other"],
    eras: [{ from: "0.2.5", minimum: 60 }],
    others: { amd: true, intel: true, cpu: ["x86"], tpu: false },
    source: `${CODE}; ${DOCS} (AMD: listed in vllm/platforms/rocm.py, not in the table)`,
  },
  {
    schemes: ["auto-round"],
    eras: [{ from: "0.8.0", minimum: 60 }],
    others: { intel: true },
    source: CODE,
  },
  {
    schemes: ["w8a8-fp8", "w8a8-fp8-block"],
    eras: [{ from: "0.4.1", minimum: 90 }, { from: "0.5.0", minimum: 89 }, ...MARLIN],
    nativeFrom: 89,
    others: { amd: FP8_CHIPS, gaudi: true, intel: false, cpu: false },
    source: `${CODE}; vllm#4327; ${TURING_MARLIN}; ${DOCS}`,
  },
  {
    schemes: ["w8a16-fp8"],
    eras: MARLIN,
    others: { amd: FP8_CHIPS },
    source: `${CODE}; ${TURING_MARLIN}`,
  },
  {
    schemes: ["w4a16", "w8a16-int8"],
    eras: PACKED,
    others: { amd: true },
    source: `${CODE}; vllm#14040 and vllm#29707 (refused below 8.0 up to 0.11); vllm#29732, vllm#31000`,
  },
  {
    schemes: ["w8a8-int8"],
    eras: [{ from: "0.4.3", minimum: 75, maximum: 99 }],
    others: { amd: true, intel: false, cpu: true, tpu: true },
    source: `${CODE}; ${DOCS} (no INT8 on Blackwell)`,
  },
  {
    schemes: ["w4a8-fp8"],
    eras: [{ from: "0.11.0", minimum: 90, maximum: 90 }],
    others: {},
    source: CODE,
  },
  {
    schemes: ["w4a8-int8"],
    eras: [],
    others: { amd: false, intel: false, cpu: ["arm"], tpu: false },
    source: `${DOCS} (Arm CPUs only)`,
  },
  {
    schemes: ["nvfp4", "w4a16-nvfp4"],
    eras: [
      { from: "0.8.4", minimum: 100 },
      { from: "0.9.0", minimum: 80 },
      { from: "0.15.0", minimum: "unclear" },
      { from: "0.17.0", minimum: 75 },
    ],
    nativeFrom: 100,
    others: { amd: false },
    source: `${CODE}; vllm#17687 (Marlin for FP4); vllm#32838 (refused on Turing in 0.14); ${TURING_MARLIN}`,
  },
  {
    schemes: ["mxfp4"],
    eras: [{ from: "0.10.1", minimum: 80 }],
    nativeFrom: 100,
    tritonFrom: 90,
    others: { amd: ["gfx942", "gfx950"] },
    source: `${CODE}; ${DOCS} (Marlin on Turing, but not MXFP4); mxfp4.py, get_mxfp4_backend`,
  },
  {
    schemes: ["mxfp8"],
    eras: [{ from: "0.17.0", minimum: 75 }],
    nativeFrom: 100,
    others: { amd: ["gfx950"] },
    source: CODE,
  },
  {
    schemes: ["experts-int8"],
    eras: [{ from: "0.6.2", minimum: 80 }],
    others: {},
    source: CODE,
  },
  {
    schemes: ["bnb-4bit", "bnb-int8"],
    eras: [{ from: "0.5.0", minimum: 70 }],
    pluginFrom: "0.28.0",
    others: { amd: false, intel: false, cpu: false, tpu: false },
    source: `${CODE}; vllm#14154; ${DOCS}`,
  },
  {
    schemes: ["gguf"],
    eras: [{ from: "0.5.5", minimum: 60 }],
    pluginFrom: "0.28.0",
    others: { amd: true, intel: false, cpu: false, tpu: false },
    source: `${CODE}; ${DOCS}; github.com/vllm-project/vllm-gguf-plugin`,
  },
  {
    schemes: ["deepspeedfp"],
    eras: [{ from: "0.4.3", minimum: 60 }],
    others: { amd: false, intel: false, cpu: false, tpu: false },
    source: DOCS,
  },
  {
    schemes: ["aqlm"],
    eras: [{ from: "0.4.1", minimum: 60, maximum: 99 }],
    until: "0.9.2",
    others: { amd: false, intel: false, cpu: false, tpu: false },
    source: DOCS,
  },
  {
    schemes: ["bitblas"],
    eras: [{ from: "0.8.5", minimum: 70, maximum: 99 }],
    until: "0.14.1",
    others: { amd: false, intel: false, cpu: false, tpu: false },
    source: DOCS,
  },
  { schemes: ["inc"], eras: [], others: { gaudi: true, amd: false }, source: DOCS },
  {
    schemes: ["quark-fp8", "quark-mxfp4"],
    eras: [],
    others: { amd: FP8_CHIPS },
    source: "docs.vllm.ai, AMD Quark",
  },
];

/** The rule for a scheme; undefined: nothing is known, so nothing may be said. */
export const ruleFor = (scheme: QuantizationScheme): QuantizationRule | undefined =>
  QUANTIZATION_RULES.find(({ schemes }) => schemes.includes(scheme));
