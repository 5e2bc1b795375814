import type { GpuFamily, GpuType } from "./types.ts";

/** Where the rows come from. Memory is what the driver reports, not the marketing size. */
const SOURCES = {
  nvml: "memory as nvidia-smi and nvidia.com/gpu.memory report it; capability: developer.nvidia.com/cuda-gpus",
  amd: "memory: AMD Instinct data sheets; gfx: rocm.docs.amd.com, accelerator and GPU hardware specifications",
  gaudi: "memory: Intel Gaudi 2 and Gaudi 3 white papers",
  intel: "memory: ark.intel.com, Data Center GPU Max and Flex, Arc and Arc Pro",
  tpu: "memory of a chip: cloud.google.com/tpu/docs, system architecture",
  cpu: "docs.vllm.ai, installation: CPU",
} as const;

type Link = GpuType["interconnect"];

const nvidia = (
  id: string,
  name: string,
  family: GpuFamily,
  memoryMiB: number,
  capability: number,
  interconnect: Link,
): GpuType => ({
  id,
  name,
  vendor: "nvidia",
  family,
  memoryMiB,
  capability,
  gfx: undefined,
  interconnect,
  source: SOURCES.nvml,
});

const other = (
  vendor: Exclude<keyof typeof SOURCES, "nvml">,
  id: string,
  name: string,
  family: GpuFamily,
  memoryGiB: number,
  interconnect: Link,
  gfx?: string,
): GpuType => ({
  id,
  name,
  vendor,
  family,
  memoryMiB: memoryGiB * 1024,
  capability: undefined,
  gfx,
  interconnect,
  source: SOURCES[vendor],
});

/** The accelerators that are known, one row a kind that differs in memory, capability or link. */
export const GPU_TYPES: readonly GpuType[] = [
  nvidia("V100-16GB", "Tesla V100-SXM2-16GB", "volta", 16160, 70, "nvlink"),
  nvidia("V100-32GB", "Tesla V100-SXM2-32GB", "volta", 32768, 70, "nvlink"),
  nvidia("T4", "Tesla T4", "turing", 15360, 75, "pcie"),
  nvidia("RTX-8000", "Quadro RTX 8000", "turing", 49152, 75, "pcie"),
  nvidia("A100-40GB", "NVIDIA A100-SXM4-40GB", "ampere", 40960, 80, "nvlink"),
  nvidia("A100-80GB", "NVIDIA A100-SXM4-80GB", "ampere", 81920, 80, "nvlink"),
  nvidia("A100-PCIE-40GB", "NVIDIA A100-PCIE-40GB", "ampere", 40960, 80, "pcie"),
  nvidia("A100-PCIE-80GB", "NVIDIA A100 80GB PCIe", "ampere", 81920, 80, "pcie"),
  nvidia("A800-80GB", "NVIDIA A800-SXM4-80GB", "ampere", 81920, 80, "nvlink"),
  nvidia("A30", "NVIDIA A30", "ampere", 24576, 80, "pcie"),
  nvidia("A10", "NVIDIA A10", "ampere", 23028, 86, "pcie"),
  nvidia("A10G", "NVIDIA A10G", "ampere", 23028, 86, "pcie"),
  nvidia("A40", "NVIDIA A40", "ampere", 46068, 86, "pcie"),
  nvidia("A16", "NVIDIA A16", "ampere", 15356, 86, "pcie"),
  nvidia("A2", "NVIDIA A2", "ampere", 15356, 86, "pcie"),
  nvidia("RTX-A6000", "NVIDIA RTX A6000", "ampere", 49140, 86, "pcie"),
  nvidia("RTX-3090", "NVIDIA GeForce RTX 3090", "ampere", 24576, 86, "pcie"),
  nvidia("L4", "NVIDIA L4", "ada", 23034, 89, "pcie"),
  nvidia("L40", "NVIDIA L40", "ada", 46068, 89, "pcie"),
  nvidia("L40S", "NVIDIA L40S", "ada", 46068, 89, "pcie"),
  nvidia("L20", "NVIDIA L20", "ada", 46068, 89, "pcie"),
  nvidia("RTX-6000-ADA", "NVIDIA RTX 6000 Ada Generation", "ada", 49140, 89, "pcie"),
  nvidia("RTX-4090", "NVIDIA GeForce RTX 4090", "ada", 24564, 89, "pcie"),
  nvidia("H100-80GB", "NVIDIA H100 80GB HBM3", "hopper", 81559, 90, "nvlink"),
  nvidia("H100-PCIE", "NVIDIA H100 PCIe", "hopper", 81559, 90, "pcie"),
  nvidia("H100-NVL", "NVIDIA H100 NVL", "hopper", 95830, 90, "nvlink"),
  nvidia("H800", "NVIDIA H800", "hopper", 81559, 90, "nvlink"),
  nvidia("H20", "NVIDIA H20", "hopper", 97871, 90, "nvlink"),
  nvidia("GH200", "NVIDIA GH200 480GB", "hopper", 97871, 90, "nvlink"),
  nvidia("GH200-144GB", "NVIDIA GH200 144G HBM3e", "hopper", 146831, 90, "nvlink"),
  nvidia("H200", "NVIDIA H200", "hopper", 143771, 90, "nvlink"),
  nvidia("B200", "NVIDIA B200", "blackwell", 183359, 100, "nvlink"),
  nvidia("B300", "NVIDIA B300", "blackwell", 275040, 103, "nvlink"),
  nvidia("RTX-PRO-6000", "NVIDIA RTX PRO 6000 Blackwell", "blackwell", 97887, 120, "pcie"),
  nvidia("RTX-5090", "NVIDIA GeForce RTX 5090", "blackwell", 32607, 120, "pcie"),
  // Of its 128 GB, which it shares with the CPU, CUDA tells 121.69 GiB (MiaAI-Lab/GLM-5.3-Flash-EXL3-2x-DGX-Sparks#204).
  nvidia("GB10", "NVIDIA GB10", "blackwell", 125260, 121, "none"),
  other("amd", "MI210", "AMD Instinct MI210", "cdna2", 64, "pcie", "gfx90a"),
  other("amd", "MI250", "AMD Instinct MI250", "cdna2", 64, "infinity-fabric", "gfx90a"),
  other("amd", "MI300X", "AMD Instinct MI300X", "cdna3", 192, "infinity-fabric", "gfx942"),
  other("amd", "MI325X", "AMD Instinct MI325X", "cdna3", 256, "infinity-fabric", "gfx942"),
  other("amd", "MI350X", "AMD Instinct MI350X", "cdna4", 288, "infinity-fabric", "gfx950"),
  other("amd", "MI355X", "AMD Instinct MI355X", "cdna4", 288, "infinity-fabric", "gfx950"),
  other("gaudi", "GAUDI2", "Intel Gaudi 2", "gaudi2", 96, "ethernet"),
  other("gaudi", "GAUDI3", "Intel Gaudi 3", "gaudi3", 128, "ethernet"),
  other("intel", "MAX-1550", "Intel Data Center GPU Max 1550", "xe", 128, "unknown"),
  other("intel", "MAX-1100", "Intel Data Center GPU Max 1100", "xe", 48, "pcie"),
  other("intel", "FLEX-170", "Intel Data Center GPU Flex 170", "xe", 16, "pcie"),
  other("intel", "ARC-A770", "Intel Arc A770", "xe", 16, "pcie"),
  other("intel", "ARC-B580", "Intel Arc B580", "xe", 12, "pcie"),
  other("intel", "ARC-PRO-B60", "Intel Arc Pro B60", "xe", 24, "pcie"),
  other("tpu", "TPU-V4", "Google TPU v4", "tpu", 32, "unknown"),
  other("tpu", "TPU-V5E", "Google TPU v5e", "tpu", 16, "unknown"),
  other("tpu", "TPU-V5P", "Google TPU v5p", "tpu", 95, "unknown"),
  other("tpu", "TPU-V6E", "Google TPU v6e", "tpu", 32, "unknown"),
  other("cpu", "CPU", "x86 CPU", "x86", 0, "none"),
  other("cpu", "CPU-ARM", "Arm CPU", "arm", 0, "none"),
];

/** Families by NVIDIA compute capability; the family label cannot be used: `blackwell` is both 10 and 12. */
export function familyOfCapability(capability: number): GpuFamily | undefined {
  if (capability >= 100 && capability < 130) return "blackwell";
  if (capability >= 90) return capability < 100 ? "hopper" : undefined;
  if (capability === 89) return "ada";
  if (capability >= 80) return "ampere";
  if (capability === 75) return "turing";
  return capability >= 70 ? "volta" : undefined;
}
