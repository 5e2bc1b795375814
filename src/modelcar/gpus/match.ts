import { closest } from "../../base/did-you-mean.ts";
import type { GpuType, GpuVendor } from "../types.ts";
import { familyOfCapability, GPU_TYPES } from "./table.ts";

/** What a product name says beside the product itself. */
export interface ProductName {
  /** The name without the suffixes. */
  product: string;
  /** `-SHARED`: time-sliced or MPS replicas. */
  shared: boolean;
  /** `1g.10gb`, when each device is a MIG slice. */
  mig: string | undefined;
}

/** Takes the suffixes off that GPU Feature Discovery adds: `-SHARED`, `-MIG-1g.5gb`, `-MIG-1g.5gb.me`. */
export function splitProduct(label: string): ProductName {
  const shared = /-SHARED$/i.test(label);
  const rest = label.replace(/-SHARED$/i, "");
  const mig = /[-_ ]MIG[-_ ](\d+g\.\d+gb[\w.+]*)$/i.exec(rest);
  return {
    product: mig === null ? rest : rest.slice(0, mig.index),
    shared,
    mig: mig?.[1]?.toLowerCase(),
  };
}

/**
 * What a MIG slice has of its device's memory, MiB. NVIDIA's MIG User Guide lists 4864 MiB for `1g.5gb` and 9728 or a
 * little more for `1g.10gb`; larger slices have up to 3 % more than this.
 */
export const migMemoryMiB = (profile: string): number | undefined => {
  const size = /\.(\d+)gb/.exec(profile)?.[1];
  return size === undefined ? undefined : Math.floor(Number(size) * 1024 * 0.95);
};

/** What a node's labels say beside the name; they win over the table. */
export interface ProductHints {
  memoryMiB?: number | undefined;
  /** Compute capability × 10. */
  capability?: number | undefined;
  vendor?: GpuVendor | undefined;
  gfx?: string | undefined;
}

/**
 * The accelerator behind a name as labels, `nvidia-smi`, cloud catalogues and people write it: `NVIDIA-L40S`,
 * `NVIDIA-A100-SXM4-80GB-MIG-1g.10gb`, `AMD_Instinct_MI300X_OAM`, `h100`. An unknown NVIDIA product becomes a type of
 * its own when its labels tell memory and capability; otherwise the result is undefined.
 */
export function gpuType(label: string, hints: ProductHints = {}): GpuType | undefined {
  const { product, mig } = splitProduct(label);
  const known = namedType(product, hints.memoryMiB);
  if (known === undefined) return fromHints(label, hints);
  const memoryMiB = hints.memoryMiB ?? (mig === undefined ? known.memoryMiB : migMemoryMiB(mig));
  return {
    ...known,
    memoryMiB: memoryMiB ?? known.memoryMiB,
    capability: hints.capability ?? known.capability,
    gfx: hints.gfx ?? known.gfx,
    ...(mig === undefined ? {} : { id: `${known.id}-MIG-${mig}`, interconnect: "none" as const }),
  };
}

/** The name of the table that someone who wrote `product` probably meant. */
export const nearestGpu = (product: string): string | undefined =>
  closest(
    splitProduct(product).product.replace(/^nvidia[-_ ]/i, ""),
    GPU_TYPES.map(({ id }) => id),
  );

function fromHints(label: string, { memoryMiB, capability, vendor }: ProductHints): GpuType | undefined {
  if (memoryMiB === undefined || capability === undefined || (vendor ?? "nvidia") !== "nvidia")
    return undefined;
  const family = familyOfCapability(capability);
  if (family === undefined) return undefined;
  const source = "labels of the node";
  const base = { vendor: "nvidia", gfx: undefined, interconnect: "unknown", source } as const;
  return { ...base, id: label, name: label, family, memoryMiB, capability };
}

/** Patterns over the name in capitals with every separator as one dash; the first that matches wins. */
const PATTERNS: readonly [RegExp, string | ((size: number | undefined) => string)][] = [
  [/\bGH200\b/, "GH200"],
  [/\bGB10\b/, "GB10"],
  [/\b(GB200|B200)\b/, "B200"],
  [/\b(GB300|B300)\b/, "B300"],
  [/\bH200\b/, "H200"],
  [/\bH100-NVL\b/, "H100-NVL"],
  [/\bH100-PCIE\b/, "H100-PCIE"],
  [/\bH100\b/, "H100-80GB"],
  [/\bA100X?\b.*PCIE|PCIE.*\bA100\b/, (size) => (isSmall(size) ? "A100-PCIE-40GB" : "A100-PCIE-80GB")],
  [/\bA100\b/, (size) => (isSmall(size) ? "A100-40GB" : "A100-80GB")],
  [/\bV100S?\b/, (size) => (size !== undefined && size >= 30 ? "V100-32GB" : "V100-16GB")],
  [/\bA10G\b/, "A10G"],
  [/\bA10\b/, "A10"],
  [/\bA30\b/, "A30"],
  [/\bA40\b/, "A40"],
  [/\bA6000\b/, "RTX-A6000"],
  [/\bL40S\b/, "L40S"],
  [/\bL40\b/, "L40"],
  [/\bL4\b/, "L4"],
  [/\bT4\b/, "T4"],
  [/\bRTX-PRO-6000\b/, "RTX-PRO-6000"],
  [/\bRTX-?6000-ADA\b/, "RTX-6000-ADA"],
  [/\bRTX-?8000\b/, "RTX-8000"],
  [/\bRTX-?3090\b/, "RTX-3090"],
  [/\bRTX-?4090$/, "RTX-4090"],
  [/\bRTX-?5090$/, "RTX-5090"],
  [/\bMI210\b/, "MI210"],
  [/\bMI250X?\b/, "MI250"],
  [/\bMI300X\b/, "MI300X"],
  [/\bMI325X\b/, "MI325X"],
  [/\bMI350X\b/, "MI350X"],
  [/\bMI355X\b/, "MI355X"],
  [/\bGAUDI-?2\b|\bHL-?2(25|88)/, "GAUDI2"],
  [/\bGAUDI-?3\b|\bHL-?3(25|28|38)/, "GAUDI3"],
];

/** A100 of 40 GB only when it is told so; the same of nothing is the smaller: never promise memory that may not be. */
const isSmall = (size: number | undefined): boolean => size === undefined || size < 60;

function namedType(product: string, memoryMiB: number | undefined): GpuType | undefined {
  const name = product.toUpperCase().replace(/[^A-Z0-9]+/g, "-");
  const written = /\b(\d{2,3})-?G(I?B)?\b/.exec(name)?.[1];
  const size =
    memoryMiB === undefined ? (written === undefined ? undefined : Number(written)) : memoryMiB / 1024;
  for (const [pattern, id] of PATTERNS) {
    if (!pattern.test(name)) continue;
    const wanted = typeof id === "string" ? id : id(size);
    return GPU_TYPES.find((type) => type.id === wanted);
  }
  return undefined;
}
