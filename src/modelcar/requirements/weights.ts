import { isAtLeast } from "../runtime/version.ts";
import type {
  GpuType,
  ModelFacts,
  QuantizationFacts,
  RuntimeVersion,
  ServingSettings,
  Term,
} from "../types.ts";
import {
  absorbedParameters,
  modelParts,
  type Part,
  predictionParameters,
  totalParameters,
} from "./parameters.ts";
import type { ModelShape } from "./shape.ts";
import { EXPERTS_ONLY, storedBits } from "./stored-bits.ts";
import { bytesText, computeBytes, countText, GIB } from "./units.ts";

/** The weights as one GPU holds them, and as all hold them together. */
export interface Weights {
  term: Term;
  /** All GPUs of one copy, bytes. */
  total: number;
  /** What one GPU must hold while it loads, when that is more. */
  loadPeak: number | undefined;
  assumptions: string[];
}

export interface WeightsInput {
  facts: ModelFacts;
  shape: ModelShape | undefined;
  settings: ServingSettings;
  gpu: Pick<GpuType, "capability">;
  runtime: RuntimeVersion;
}

/** Methods that quantize a 16-bit checkpoint while it is loaded. */
const ONLINE_BITS: Readonly<Record<string, number>> = {
  fp8: 8,
  bitsandbytes: 4.5,
  experts_int8: 8,
  mxfp8: 8.25,
  deepspeedfp: 8,
};

/** The weights of a model on one GPU, or undefined when nothing tells their size. */
export function weights(input: WeightsInput): Weights | undefined {
  const { facts, shape, settings } = input;
  const parts = shape === undefined ? [] : modelParts(shape);
  const stored = storedTotal(input, parts);
  if (stored === undefined) return undefined;
  const estimated = partBytes(parts, facts.quantization, computeBytes(settings.dtype, dtypeOf(input)));
  const online = onlineBits(input);
  const share = parts.length === 0 ? evenShare(settings) : gpuShare(parts, estimated, input);
  const kept = online === undefined ? 1 : onlineFactor(parts, online);
  const perGpu = stored.bytes * share * kept + absorbed(input) - settings.cpuOffloadGiB * GIB;
  const bytes = Math.max(0, perGpu);
  const assumptions = [...stored.assumptions];
  if (parts.length === 0 && settings.tensorParallel * settings.pipelineParallel > 1)
    assumptions.push("the weights are split evenly over the GPUs: the config does not tell more");
  return {
    term: { label: "weights", bytes, formula: formula(input, stored, share, kept, bytes) },
    total: stored.bytes * kept,
    loadPeak: online === undefined ? undefined : stored.bytes * share,
    assumptions,
  };
}

const dtypeOf = ({ shape, facts }: WeightsInput): string | undefined =>
  shape?.config.torch_dtype ?? shape?.config.dtype ?? facts.config?.torch_dtype ?? facts.config?.dtype;

const onlineBits = ({ facts, settings }: WeightsInput): number | undefined =>
  facts.quantization === undefined && settings.quantization !== undefined
    ? ONLINE_BITS[settings.quantization]
    : undefined;

function onlineFactor(parts: readonly Part[], bits: number): number {
  const total = totalParameters(parts);
  if (total === 0) return bits / 16;
  const linear = totalParameters(parts.filter((part) => part.linear));
  return (total - linear + (linear * bits) / 16) / total;
}

interface Stored {
  bytes: number;
  formula: string;
  assumptions: string[];
}

/** Bytes of all weights once loaded, over all GPUs. */
function storedTotal(input: WeightsInput, parts: readonly Part[]): Stored | undefined {
  const padding = paddingFactor(input, parts);
  const found = readTotal(input) ?? shapeTotal(input, parts) ?? namedTotal(input);
  if (found === undefined || padding === 1) return found;
  const bytes = found.bytes * padding;
  return {
    ...found,
    bytes,
    formula: `${found.formula}, × ${padding.toFixed(3)} as the MXFP4 kernel pads the experts`,
  };
}

const READ_FROM = {
  headers: "the safetensors headers",
  index: "the safetensors index",
  files: "the sizes of the weight files",
  gguf: "the GGUF header",
};

function readTotal({ facts, shape, settings }: WeightsInput): Stored | undefined {
  const { tensors } = facts;
  if (tensors === undefined || tensors.bytes <= 0) return undefined;
  const quantized = facts.quantization !== undefined;
  const notes: string[] = [];
  let bytes = tensors.bytes;
  if (!quantized) bytes = castBytes(tensors.byDtype, bytes, settings.dtype, notes);
  const head = shape?.tied === true ? (tensors.byGroup?.head ?? 0) : 0;
  if (head > 0) notes.push(`less ${bytesText(head)} of an output head that is tied to the embedding`);
  const ahead = shape === undefined ? 0 : unusedPrediction(shape, facts.quantization, settings);
  if (ahead > 0) notes.push(`less ${bytesText(ahead)} of layers for multi-token prediction, not loaded`);
  const extra = notes.length === 0 ? "" : `, ${notes.join(", ")}`;
  return {
    bytes: bytes - head - ahead,
    formula: `${bytesText(tensors.bytes)} by ${READ_FROM[tensors.read]}${extra}`,
    assumptions: [],
  };
}

/** Checkpoints in float32 are served in 16 bits, 16-bit ones in float32 only when told to. */
function castBytes(
  byDtype: Record<string, { bytes: number }>,
  bytes: number,
  dtype: string,
  notes: string[],
): number {
  const wide = byDtype["F32"]?.bytes ?? 0;
  const narrow = (byDtype["BF16"]?.bytes ?? 0) + (byDtype["F16"]?.bytes ?? 0);
  if (dtype === "float32") {
    if (narrow > 0) notes.push("16-bit weights widened to float32");
    return bytes + narrow;
  }
  if (wide > 0) notes.push("float32 weights served in 16 bits");
  return bytes - wide / 2;
}

function unusedPrediction(
  shape: ModelShape,
  quantization: QuantizationFacts | undefined,
  settings: ServingSettings,
): number {
  if (settings.given.has("speculative-config")) return 0;
  const bits = (quantization === undefined ? undefined : storedBits(quantization)) ?? 16;
  return (predictionParameters(shape) * bits) / 8;
}

function shapeTotal(input: WeightsInput, parts: readonly Part[]): Stored | undefined {
  const { facts, settings } = input;
  const { quantization } = facts;
  if (parts.length === 0 || (quantization !== undefined && storedBits(quantization) === undefined))
    return undefined;
  const bytes = partBytes(parts, quantization, computeBytes(settings.dtype, dtypeOf(input)));
  const count = countText(totalParameters(parts));
  const bits = quantization === undefined ? undefined : storedBits(quantization);
  const how =
    bits === undefined ? "" : `, linear layers at ${bits.toFixed(2)} bits (${quantization?.scheme})`;
  return {
    bytes,
    formula: `${count} parameters by the config${how} = ${bytesText(bytes)}`,
    assumptions: [
      "the sizes of the tensors were not read; the weights are worked out from the config",
      ...(facts.config?.vision_config === undefined ? [] : ["the vision encoder is not in the estimate"]),
    ],
  };
}

function namedTotal({ facts }: WeightsInput): Stored | undefined {
  const parameters = facts.parametersFromName;
  if (parameters === undefined) return undefined;
  const bits = facts.quantization === undefined ? 16 : storedBits(facts.quantization);
  if (bits === undefined) return undefined;
  const bytes = ((parameters * bits) / 8) * NAME_MARGIN;
  return {
    bytes,
    formula: `${countText(parameters)} parameters by the name × ${bits.toFixed(2)} bits × ${NAME_MARGIN}`,
    assumptions: ["parameters and bits are guessed from the name"],
  };
}

/** Names round their billions down (8B is 8.03) and embeddings stay in 16 bits. */
const NAME_MARGIN = 1.1;

/** Bytes of the parts as they are stored. */
function partBytes(
  parts: readonly Part[],
  quantization: QuantizationFacts | undefined,
  plainBytes: number,
): number {
  return parts.reduce((sum, part) => sum + part.parameters * bytesOf(part, quantization, plainBytes), 0);
}

function bytesOf(part: Part, quantization: QuantizationFacts | undefined, plainBytes: number): number {
  if (quantization === undefined || !part.linear || isIgnored(part, quantization)) return plainBytes;
  const bits = storedBits(quantization);
  return bits === undefined ? plainBytes : bits / 8;
}

function isIgnored(part: Part, { scheme, ignored }: QuantizationFacts): boolean {
  if (EXPERTS_ONLY.has(scheme)) return part.name !== "experts";
  const attention = ["attention", "keys and values", "latent projections"].includes(part.name);
  return (
    attention &&
    ignored.some((pattern) => /self_attn(\.|\b|\*)/.test(pattern) && !/layers\.\d+\./.test(pattern))
  );
}

/** What part of all weights the fullest GPU holds. */
function gpuShare(parts: readonly Part[], total: number, input: WeightsInput): number {
  const { settings, shape, facts } = input;
  const plain = computeBytes(settings.dtype, dtypeOf(input));
  const stages = settings.pipelineParallel;
  const layers = shape?.layers ?? 1;
  const layerShare = Math.min(1, Math.ceil(layers / stages) / layers);
  const ends = { first: 0, last: 0 };
  let own = 0;
  for (const part of parts) {
    const bytes =
      (part.parameters * bytesOf(part, facts.quantization, plain)) / divisor(part, settings, shape);
    if (part.stage === "layers") own += bytes * layerShare;
    else ends[part.stage] += bytes;
  }
  const atEnds = stages > 1 ? Math.max(ends.first, ends.last) : ends.first + ends.last;
  return (own + atEnds) / total;
}

function divisor(part: Part, settings: ServingSettings, shape: ModelShape | undefined): number {
  const { tensorParallel, dataParallel } = settings;
  if (part.spread === "none") return 1;
  if (part.spread === "kv-heads")
    return Math.min(tensorParallel, Math.max(1, shape?.kvHeads ?? tensorParallel));
  return part.spread === "experts" ? tensorParallel * dataParallel : tensorParallel;
}

const evenShare = ({ tensorParallel, pipelineParallel }: ServingSettings): number =>
  1 / (tensorParallel * pipelineParallel);

function absorbed({ shape, settings }: WeightsInput): number {
  if (shape === undefined) return 0;
  return (absorbedParameters(shape) * 2) / (settings.tensorParallel * settings.pipelineParallel);
}

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/**
 * MXFP4 kernels want round sizes: Marlin pads hidden size to 256 and width to 128, the Triton kernel of Hopper one
 * dimension to 256. Logged: 65.97 GiB (vllm#23278) and 64.38 GiB (vllm#33155) for the 60.8 GiB of gpt-oss-120b.
 */
function paddingFactor({ facts, shape, gpu, runtime }: WeightsInput, parts: readonly Part[]): number {
  const experts = parts.find(({ name }) => name === "experts");
  if (facts.quantization?.scheme !== "mxfp4" || shape?.experts === undefined || experts === undefined)
    return 1;
  const { hidden } = shape;
  const width = shape.experts.intermediate;
  const triton = gpu.capability === 90 && isAtLeast(runtime.version, "0.11.0") === true;
  const padded = triton ? roundUp(hidden, 256) * width : roundUp(hidden, 256) * roundUp(width, 128);
  const total = partBytes(parts, facts.quantization, 2);
  const expertBytes = experts.parameters * bytesOf(experts, facts.quantization, 2);
  return 1 + (expertBytes / total) * (padded / (hidden * width) - 1);
}

function formula(input: WeightsInput, stored: Stored, share: number, kept: number, bytes: number): string {
  const { settings } = input;
  const gpus = settings.tensorParallel * settings.pipelineParallel;
  const steps = [stored.formula];
  if (kept !== 1) steps.push(`× ${kept.toFixed(3)} as ${settings.quantization} is applied while loading`);
  if (gpus > 1)
    steps.push(
      `× ${share.toFixed(4)}, the share of the fullest of ${gpus} GPUs (an even split is ${(1 / gpus).toFixed(4)}; norms, routers and the like are on each)`,
    );
  if (absorbed(input) > 0)
    steps.push(`+ ${bytesText(absorbed(input))} for up-projections that MLA keeps twice`);
  if (settings.cpuOffloadGiB > 0) steps.push(`− ${settings.cpuOffloadGiB} GiB that are offloaded to the CPU`);
  return `${steps.join(" ")} = ${bytesText(bytes)}`;
}
