import type { GpuType, GpuVendor } from "../gpus/types.ts";
import type { Requirements } from "../requirements/types.ts";
import { bytesText } from "../requirements/units.ts";
import { reason } from "./context.ts";
import type { Reason } from "./types.ts";

/** What of the budget must be left where graphs and overhead are reckoned with the figures of other hardware. */
const WIDE = 0.1;

const OWN_PROJECT: Partial<Record<GpuVendor, string>> = {
  tpu: "vLLM for TPUs is a project of its own (tpu-inference)",
  spyre: "vLLM for Spyre is a project of its own (vllm-spyre)",
  cpu: "on a CPU the KV cache is what VLLM_CPU_KVCACHE_SPACE says, in the RAM that the pod may use",
};

/**
 * What memory says, as far as it can be believed there: where the cache is not reckoned as on GPUs, only that the weights
 * do not fit is certain.
 */
export function believed(gpu: GpuType, memory: readonly Reason[]): Reason[] {
  if (gpu.memoryMiB === 0) return [];
  return OWN_PROJECT[gpu.vendor] === undefined
    ? [...memory]
    : memory.filter(({ code }) => code === "memory-weights");
}

function unknownMemory({ vendor, name }: GpuType): Reason {
  const text = `how much memory ${name} has is not known`;
  return vendor === "cpu"
    ? reason(
        "unknown",
        "memory-size",
        `${text}. Name it: --gpus "cpu-256GiB"`,
        "docs.vllm.ai, installation: CPU",
      )
    : reason("unknown", "memory-size", text);
}

/**
 * How far the arithmetic of memory can be believed on hardware other than NVIDIA's, on which its figures were measured.
 * On AMD and Intel GPUs vLLM profiles as on NVIDIA's; Gaudi's compiled graphs take memory of their own.
 */
export function otherHardwareReasons(gpu: GpuType, estimate: Requirements | undefined): Reason[] {
  const { vendor, name } = gpu;
  if (estimate === undefined) return [];
  if (gpu.memoryMiB === 0) return [unknownMemory(gpu)];
  if (vendor === "nvidia") return [];
  const project = OWN_PROJECT[vendor];
  if (project !== undefined)
    return [
      reason(
        "unknown",
        "memory-assumed",
        `${project}: only that the weights fit is reckoned here`,
        gpu.source,
      ),
    ];
  const { margin, budget } = estimate;
  const text = `activations, graphs and overhead of ${name} are reckoned with what was measured on NVIDIA GPUs`;
  if (vendor !== "gaudi" || margin >= budget * WIDE)
    return [reason("warning", "memory-assumed", text, gpu.source)];
  const left = `${text}, and ${bytesText(Math.max(0, margin))} left of ${bytesText(budget)} are too little to be sure`;
  return [reason("unknown", "memory-assumed", left, "github.com/vllm-project/vllm-gaudi")];
}
