import { closest } from "../../base/did-you-mean.ts";
import { familyOfCapability, GPU_TYPES } from "./table.ts";
import type { GpuType, GpuVendor } from "./types.ts";

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

/** Chips that can be sliced (NVIDIA, MIG User Guide, supported GPUs): by capability, and A30 apart from A10. */
const canSlice = ({ id, capability = 0 }: GpuType): boolean =>
  id === "A30" || id.startsWith("A100") || (capability >= 90 && !["GB10", "RTX-5090"].includes(id));

/**
 * Whether a chip has such slices: of one to seven sevenths of its processors, with an eighth, a quarter, a half or all of
 * its memory (MIG User Guide, profiles).
 */
function isSliceOf(profile: string, type: GpuType): boolean {
  const [, parts, gigabytes] =
    /^([12347])g\.(\d+)gb(?:\.me|\.gfx|\+me|\+gfx|\+me\.all|-me)*$/.exec(profile) ?? [];
  if (parts === undefined || !canSlice(type)) return false;
  const share = (Number(gigabytes) * 1024) / type.memoryMiB;
  const memory = [1 / 8, 1 / 4, 1 / 2, 1].find((one) => Math.abs(share / one - 1) <= 0.06);
  return memory !== undefined && memory <= Number(parts) / 4 + 1 / 8 && memory >= Number(parts) / 8;
}

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
  // Of a slice the labels tell the slice's memory, which says nothing of the chip.
  const named = namedType(product, mig === undefined ? hints.memoryMiB : undefined);
  const known = mig === undefined || (named && isSliceOf(mig, named)) ? named : undefined;
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

/** Patterns over plain names; the first that matches wins. */
const PATTERNS: readonly [RegExp, string | ((size: number | undefined) => string)][] = [
  [/\bGH200\b/, (size) => (size !== undefined && size > 130 && size < 200 ? "GH200-144GB" : "GH200")],
  [/\bGB10\b/, "GB10"],
  [/\b(GB200|B200)\b/, "B200"],
  [/\b(GB300|B300)\b/, "B300"],
  [/\bH200\b/, "H200"],
  [/\bH100-NVL\b/, "H100-NVL"],
  [/\bH100-PCIE\b/, "H100-PCIE"],
  [/\bH100\b/, "H100-80GB"],
  [/\bH800\b(?!.*PCIE)/, "H800"],
  [/\bH20\b/, "H20"],
  [/\bA800\b(?!.*(PCIE|ACTIVE))/, "A800-80GB"],
  [/\bA100X?\b.*PCIE|PCIE.*\bA100\b/, (size) => (isSmall(size) ? "A100-PCIE-40GB" : "A100-PCIE-80GB")],
  [/\bA100\b/, (size) => (isSmall(size) ? "A100-40GB" : "A100-80GB")],
  [/\bV100S?\b/, (size) => (size !== undefined && size >= 30 ? "V100-32GB" : "V100-16GB")],
  [/\bA10G\b/, "A10G"],
  [/\bA10\b/, "A10"],
  [/\bA30\b/, "A30"],
  [/\bA40\b/, "A40"],
  [/\bA16\b/, "A16"],
  [/\bA2\b/, "A2"],
  [/\bA6000\b/, "RTX-A6000"],
  [/\bL40S\b/, "L40S"],
  [/\bL40\b/, "L40"],
  [/\bL20\b/, "L20"],
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
  [/\bMAX-?1550\b/, "MAX-1550"],
  [/\bMAX-?1100\b/, "MAX-1100"],
  [/\bFLEX-?170\b/, "FLEX-170"],
  [/\b(ARC-)?A770\b/, "ARC-A770"],
  [/\b(ARC-)?B580\b/, "ARC-B580"],
  [/\b(ARC-PRO-)?B60\b/, "ARC-PRO-B60"],
  [/\bTPU-?V4\b/, "TPU-V4"],
  [/\b(TPU-?)?V5E\b/, "TPU-V5E"],
  [/\b(TPU-?)?V5P\b/, "TPU-V5P"],
  [/\b(TPU-?)?V6E\b/, "TPU-V6E"],
  [/\bGAUDI-?3\b|\bHL-?3(25|28|38)/, "GAUDI3"],
];

/** A100 of 40 GB only when it is told so; the same of nothing is the smaller: never promise memory that may not be. */
const isSmall = (size: number | undefined): boolean => size === undefined || size < 60;

/** `cpu`, `arm-cpu`, `cpu-256GiB`: the RAM is not known unless it is told. */
function cpuType(name: string, memoryMiB: number | undefined): GpuType | undefined {
  const [found, before, after, written] =
    /^(X86-|ARM(?:64)?-|INTEL-|AMD-)?CPU(-X86|-ARM(?:64)?)?(?:-(\d+)-?G(?:I?B)?)?$/.exec(name) ?? [];
  if (found === undefined) return undefined;
  const id = /ARM/.test(`${before}${after}`) ? "CPU-ARM" : "CPU";
  const type = GPU_TYPES.find((one) => one.id === id);
  return type && { ...type, memoryMiB: memoryMiB ?? Number(written ?? 0) * 1024 };
}

/**
 * What GKE calls its slices of TPUs (`cloud.google.com/gke-tpu-accelerator`: `tpu-v5-lite-podslice`, `tpu-v5-lite-device`,
 * `tpu-v6e-slice`) as the chip that they are made of.
 */
const chipOfSlice = (name: string): string =>
  name.replace(/^(TPU-V\w+?(?:-LITE)?)-(?:PODSLICE|SLICE|DEVICE)$/, "$1").replace(/^TPU-V5-LITE$/, "TPU-V5E");

/** In capitals, with every separator as one dash. */
const plainName = (text: string): string => text.toUpperCase().replace(/[^A-Z0-9]+/g, "-");

function namedType(product: string, memoryMiB: number | undefined): GpuType | undefined {
  const name = plainName(product);
  return (memoryMiB === undefined ? listedType(name) : undefined) ?? likeType(chipOfSlice(name), memoryMiB);
}

/** The type that has this very name in the table, as the driver tells it: the most usual. */
const listedType = (name: string): GpuType | undefined =>
  GPU_TYPES.find((type) => type.vendor !== "cpu" && (type.id === name || plainName(type.name) === name));

function likeType(name: string, memoryMiB: number | undefined): GpuType | undefined {
  const cpu = cpuType(name, memoryMiB);
  if (cpu !== undefined) return cpu;
  const written = Number(/\b(\d{2,3})-?G(I?B)?\b/.exec(name)?.[1] ?? Number.NaN);
  const size = memoryMiB === undefined ? (Number.isNaN(written) ? undefined : written) : memoryMiB / 1024;
  const pattern = PATTERNS.find(([one]) => one.test(name));
  if (pattern === undefined) return undefined;
  const [, id] = pattern;
  const wanted = typeof id === "string" ? id : id(size);
  const type = GPU_TYPES.find((one) => one.id === wanted);
  const words = name.replace(/\b(\d{2,3})-(G(?:I?B)?)\b/g, "$1$2").split("-");
  if (type === undefined || !words.every((word) => isWordOf(word, type))) return undefined;
  return memoryMiB !== undefined || isSizeOf(written, type) ? type : undefined;
}

/** Words of names that say nothing of memory or kernels: makers, forms, kinds of memory, sizes. */
const USUAL_WORDS =
  /^(NVIDIA|TESLA|GEFORCE|QUADRO|RTX|GPU|TENSOR|CORE|AMD|INSTINCT|INTEL|HABANA|HL|LABS|GAUDI|ACCELERATOR|DATA|CENTER|GRACE|HOPPER|SUPERCHIP|BLACKWELL|ADA|GENERATION|SERVER|WORKSTATION|EDITION|MAX|Q|MEGA|SXM\d?|AC|PCIE|OAM|NVL\d*|VF|HBM\d?E?|\d{2,3}G(I?B)?|)$/;
/** Other names of the same chip. */
const SAME_CHIP = /^(A100X|V100S?|MI250X|GB200|GB300|RTX(3090|4090|5090|6000|8000)|(HL)?[23]\d\d[A-Z]?)$/;

/** Whether a word of a name belongs to it: one that does not may mean another chip, or a part of this one (`24Q`, `MIG`). */
const isWordOf = (word: string, { id, name }: GpuType): boolean =>
  USUAL_WORDS.test(word) ||
  SAME_CHIP.test(word) ||
  `${id}-${name}`
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .includes(word);

/** A size in the name must be that of the chip; GH200 is also named by that of its CPU. */
const isSizeOf = (gigabytes: number, { id, memoryMiB }: GpuType): boolean =>
  Number.isNaN(gigabytes) ||
  (id === "GH200" && [120, 480].includes(gigabytes)) ||
  Math.abs(memoryMiB / 1024 - gigabytes) <= 0.12 * gigabytes;
