import { isAtLeast } from "../runtime/version.ts";
import { expertShards } from "../settings/devices.ts";
import type { Part } from "./parameters.ts";
import { bytesOf, partBytes, plainBytes, type WeightsInput } from "./weights-input.ts";

/** What the fullest GPU holds, as parts of all weights. */
export interface Share {
  all: number;
  /** Of them the experts. */
  experts: number;
}

/** How the weights of these parts are spread over the GPUs of one copy. */
export function gpuShare(parts: readonly Part[], input: WeightsInput): Share {
  const { settings, shape, facts } = input;
  if (parts.length === 0)
    return { all: 1 / (settings.tensorParallel * settings.pipelineParallel), experts: 0 };
  const plain = plainBytes(input);
  const total = partBytes(parts, facts.quantization, plain);
  const stages = settings.pipelineParallel;
  const layers = shape?.layers ?? 1;
  const layerShare = Math.min(1, Math.ceil(layers / stages) / layers);
  const ends = { first: 0, last: 0 };
  let [own, experts] = [0, 0];
  for (const part of parts) {
    const bytes = (part.parameters * bytesOf(part, facts.quantization, plain)) / divisor(part, input);
    if (part.stage === "layers") own += bytes * layerShare;
    else ends[part.stage] += bytes;
    if (part.name === "experts") experts += bytes * layerShare;
  }
  const atEnds = stages > 1 ? Math.max(ends.first, ends.last) : ends.first + ends.last;
  return { all: (own + atEnds) / total, experts: experts / total };
}

function divisor(part: Part, { settings, shape }: WeightsInput): number {
  const { tensorParallel, dataParallel, expertParallel } = settings;
  if (part.spread === "none") return 1;
  if (part.spread === "kv-heads")
    return Math.min(tensorParallel, Math.max(1, shape?.kvHeads ?? tensorParallel));
  if (part.spread !== "experts") return tensorParallel;
  const gpus = tensorParallel * dataParallel;
  const count = shape?.experts?.count ?? gpus;
  return expertParallel ? count / Math.ceil(count / gpus) : gpus;
}

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/**
 * How much larger the MXFP4 kernels make the experts: they want round sizes of the hidden states and of the width that
 * one GPU holds (vllm/model_executor/layers/quantization/mxfp4.py, create_weights). Marlin 256 and 128, FlashInfer on
 * data-center Blackwell and AMD's 256 and 256, Triton on Hopper 256 and 64. Logged: 65.97 GiB (vllm#23278) and 64.38 GiB
 * (vllm#33155) for the 60.8 GiB of gpt-oss-120b.
 */
export function expertPadding({ facts, shape, gpu, runtime, settings }: WeightsInput): number {
  if (facts.quantization?.scheme !== "mxfp4" || shape?.experts === undefined) return 1;
  const { hidden } = shape;
  const width = shape.experts.intermediate / expertShards(settings);
  const { capability } = gpu;
  const triton = capability === 90 && isAtLeast(runtime.version, "0.11.0") === true;
  const wide = gpu.vendor === "amd" || (capability !== undefined && capability >= 100 && capability < 110);
  const padded = roundUp(hidden, 256) * roundUp(width, triton ? 64 : wide ? 256 : 128);
  return padded / (hidden * width);
}
