import type { GpuType } from "../gpus/types.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import { isAtLeast } from "../runtime/version.ts";
import type { ServingSettings } from "../settings/types.ts";
import { size, sum, told } from "./arithmetic.ts";
import type { ModelShape } from "./shape.ts";
import type { Term } from "./types.ts";
import { GIB } from "./units.ts";

/**
 * What CUDA, its libraries and NCCL take beside PyTorch's allocator, GiB. One GPU: 0.13 to 0.14 up to 0.17, 0.24 to
 * 0.27 from 0.18 on. Several: 0.54 to 0.55 over NVLink (0.11), 0.20 to 0.30 over PCIe (vllm#15815, vllm#14447). With
 * FlashInfer's fused all-reduce, on by default since vllm#34299 (0.17): 2.06 to 2.22. Measured on H100 by
 * llm-d-benchmark (0.11) and llm-d-planner (0.15 to 0.19).
 */
const ALONE_EARLY = 0.14;
const ALONE = 0.26;
const COMMUNICATION = 0.55;
const FUSED = 2.15;

interface OverheadInput {
  shape: ModelShape | undefined;
  settings: ServingSettings;
  gpu: Pick<GpuType, "vendor" | "capability">;
  runtime: RuntimeVersion;
}

/** Memory that is not PyTorch's, and that of LoRA adapters. */
export function overhead({ shape, settings, gpu, runtime }: OverheadInput): Term {
  const [base, what] = baseOf(settings, gpu, runtime);
  const lora = loraBytes(shape, settings);
  const context = gpu.vendor === "nvidia" ? "CUDA" : "device";
  const amount = sum([
    size(base * GIB, `${context} context and ${what}`),
    size(lora, `for ${settings.loraAdapters} LoRA adapters of rank ${settings.maxLoraRank}`),
  ]);
  return {
    label: "runtime overhead",
    bytes: amount.bytes,
    formula: lora > 0 ? told(amount) : amount.text,
  };
}

function baseOf(
  settings: ServingSettings,
  gpu: OverheadInput["gpu"],
  runtime: RuntimeVersion,
): readonly [number, string] {
  if (fusesAllReduce(settings, gpu, runtime)) return [FUSED, "communication, with fused all-reduce"];
  if (settings.tensorParallel * settings.dataParallel > 1) return [COMMUNICATION, "communication"];
  return [isAtLeast(runtime.version, "0.18.0") === false ? ALONE_EARLY : ALONE, "kernels"];
}

/**
 * vllm/config/vllm.py, enable_allreduce_rms_fusion: tensor parallelism on Hopper and data-center Blackwell; beside
 * data and pipeline parallelism only since vllm#41458. An unknown release counts as one that does.
 */
function fusesAllReduce(
  { tensorParallel, dataParallel, pipelineParallel }: ServingSettings,
  { capability }: OverheadInput["gpu"],
  { version }: RuntimeVersion,
): boolean {
  const capable = capability !== undefined && capability >= 90 && capability < 110;
  const alone = dataParallel * pipelineParallel === 1 || isAtLeast(version, "0.21.0") !== false;
  return tensorParallel > 1 && capable && alone && isAtLeast(version, "0.17.0") !== false;
}

/** Room for adapters on every linear layer: rank × (in + out) values of 2 bytes a layer. */
function loraBytes(shape: ModelShape | undefined, settings: ServingSettings): number {
  if (shape === undefined || settings.loraAdapters === 0) return 0;
  const { hidden, heads, headSize, kvHeads, intermediate, layers } = shape;
  const query = heads * headSize;
  const attention = 2 * (hidden + query) + 2 * (hidden + kvHeads * headSize);
  const width = attention + 3 * (hidden + intermediate);
  return (settings.loraAdapters * settings.maxLoraRank * width * layers * 2) / settings.pipelineParallel;
}
