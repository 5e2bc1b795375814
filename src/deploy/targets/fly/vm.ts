import { mebibytes, quantityValue } from "../../../base/quantity.ts";
import type { AgentPlan } from "../../plan.ts";

/** `[[vm]]` of fly.toml. */
export type FlyVm = { size: string } | { cpu_kind: CpuKind; cpus: number; memory: string };

type CpuKind = "shared" | "performance";

/**
 * What a Machine may have: counts of CPUs, MiB for each of them, and the step of the memory. From flyctl's own checks
 * (fly-go, machine_types.go: MIN_MEMORY_MB_PER_SHARED_CPU and its kin).
 */
const KINDS = {
  shared: { counts: [1, 2, 4, 8], least: 256, most: 2048, step: 256 },
  performance: { counts: [1, 2, 4, 8, 16], least: 2048, most: 8192, step: 1024 },
} as const satisfies Record<CpuKind, unknown>;

/** The size that is asked for, else the smallest Machine that holds the limits; undefined: none is large enough. */
export function flyVm({ resources: { limits }, settings }: AgentPlan): FlyVm | undefined {
  if (settings.fly.vm_size !== undefined) return { size: settings.fly.vm_size };
  const cores = Math.max(1, Math.ceil(quantityValue(limits.cpu)));
  const memory = mebibytes(limits.memory);
  return smallest("shared", cores, memory) ?? smallest("performance", cores, memory);
}

function smallest(kind: CpuKind, cores: number, memory: number): FlyVm | undefined {
  const { counts, least, most, step } = KINDS[kind];
  const cpus = counts.find((count) => count >= cores && count * most >= memory);
  if (cpus === undefined) return undefined;
  const mib = Math.max(cpus * least, Math.ceil(memory / step) * step);
  return { cpu_kind: kind, cpus, memory: `${mib}mb` };
}
