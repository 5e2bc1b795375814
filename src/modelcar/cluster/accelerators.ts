import { wholeQuantity } from "../../base/quantity.ts";
import { instanceGpus } from "../gpus/instances.ts";
import { gpuType, migMemoryMiB, splitProduct } from "../gpus/match.ts";
import type { GpuVendor } from "../gpus/types.ts";
import type { GpuPool } from "../inventory/types.ts";
import type { NodeObject } from "./objects.ts";

export type Labels = Readonly<Record<string, string>>;

interface Described {
  product: string | undefined;
  memoryMiB: number | undefined;
  capability?: number | undefined;
  replicas?: number | undefined;
  mig?: string | undefined;
  driver?: string | undefined;
  cuda?: string | undefined;
}

interface ResourceKind {
  /** Name of the resource that pods ask for. */
  resource: RegExp;
  vendor: GpuVendor;
  /** What the labels of the node say of one such device. */
  describe(labels: Labels, resource: string): Described;
  source: string;
}

const whole = (text: string | undefined): number | undefined => {
  const value = Number(text);
  return text !== undefined && Number.isSafeInteger(value) && value > 0 ? value : undefined;
};

/** A pair of labels `<base>.major` and `.minor` as major × 10 + minor. */
function capabilityOf(labels: Labels, base: string): number | undefined {
  const [major, minor] = [labels[`${base}.major`], labels[`${base}.minor`]];
  return major !== undefined && /^\d+$/.test(major) && /^\d$/.test(minor ?? "")
    ? Number(major) * 10 + Number(minor)
    : undefined;
}

function versionOf(labels: Labels, current: string, older: string): string | undefined {
  const full = labels[`${current}.full`];
  if (full) return full;
  const parts = ["major", "minor", "rev"].map((part) => labels[`${older}.${part}`]).filter((part) => part);
  return parts.length === 0 ? undefined : parts.join(".");
}

function nvidia(labels: Labels, resource: string): Described {
  const profile = /^nvidia\.com\/mig-([\w.]+?)(?:\.shared)?$/.exec(resource)?.[1];
  const own = profile === undefined ? "nvidia.com/gpu" : `nvidia.com/mig-${profile}`;
  const product = labels[`${own}.product`] ?? labels["nvidia.com/gpu.product"] ?? cloudProduct(labels);
  const mig = profile ?? (product === undefined ? undefined : splitProduct(product).mig);
  const measured = whole(labels[`${own}.memory`]);
  // The memory label of a node with mixed slices is that of the whole GPU; a slice that has none goes by its name.
  const memoryMiB = measured ?? (mig === undefined ? cloudMemory(labels) : migMemoryMiB(mig));
  return {
    product:
      profile === undefined || product === undefined
        ? product
        : `${splitProduct(product).product}-MIG-${profile}`,
    memoryMiB,
    capability: capabilityOf(labels, "nvidia.com/gpu.compute"),
    replicas: whole(labels[`${own}.replicas`]),
    mig,
    driver: versionOf(labels, "nvidia.com/cuda.driver-version", "nvidia.com/cuda.driver"),
    cuda: versionOf(labels, "nvidia.com/cuda.runtime-version", "nvidia.com/cuda.runtime"),
  };
}

/** Without GPU Feature Discovery: what GKE and Karpenter say, else what the instance type is known to have. */
const cloudProduct = (labels: Labels): string | undefined =>
  labels["cloud.google.com/gke-accelerator"] ??
  labels["karpenter.k8s.aws/instance-gpu-name"] ??
  instanceGpus(instanceType(labels) ?? "")?.gpu;

const cloudMemory = (labels: Labels): number | undefined =>
  whole(labels["karpenter.k8s.aws/instance-gpu-memory"]);

export const instanceType = (labels: Labels): string | undefined =>
  labels["node.kubernetes.io/instance-type"] ?? labels["beta.kubernetes.io/instance-type"];

function amd(labels: Labels): Described {
  const label = (name: string): string | undefined =>
    labels[`amd.com/gpu.${name}`] ?? labels[`beta.amd.com/gpu.${name}`];
  const gib = /^(\d+)\s*Gi?B?$/i.exec(label("vram") ?? "")?.[1];
  return {
    product: label("product-name") ?? instanceGpus(instanceType(labels) ?? "")?.gpu,
    memoryMiB: gib === undefined ? undefined : Number(gib) * 1024,
    driver: label("driver-version"),
  };
}

/** Gaudi has no label of its memory; the kind of device stands in a value of Habana's labels, or is the instance's. */
function gaudi(labels: Labels): Described {
  const values = Object.entries(labels).filter(([key]) => key.startsWith("habana.ai/"));
  const kind = values
    .map(([, value]) => /gaudi[ _-]?[23]/i.exec(value)?.[0])
    .find((found) => found !== undefined);
  const ofInstance = /gaudi-?[23]/i.exec(instanceType(labels) ?? "")?.[0];
  return { product: kind ?? ofInstance, memoryMiB: undefined };
}

const intel = (labels: Labels): Described => ({
  product: labels["gpu.intel.com/product"],
  memoryMiB: undefined,
});

const named = (product: string) => (): Described => ({ product, memoryMiB: undefined });

/** The resources that device plugins give out. The first that fits a name describes it. */
const KINDS: readonly ResourceKind[] = [
  {
    resource: /^nvidia\.com\/(gpu|mig-[\w.]+)(\.shared)?$/,
    vendor: "nvidia",
    describe: nvidia,
    source: "github.com/NVIDIA/k8s-device-plugin, GPU Feature Discovery labels",
  },
  {
    resource: /^amd\.com\/(gpu|[a-z]+_nps\d)$/,
    vendor: "amd",
    describe: amd,
    source: "instinct.docs.amd.com, AMD GPU operator, node labeller",
  },
  {
    resource: /^habana\.ai\/gaudi$/,
    vendor: "gaudi",
    describe: gaudi,
    source: "docs.habana.ai, Intel Gaudi device plugin for Kubernetes",
  },
  {
    resource: /^gpu\.intel\.com\/(xe|i915)$/,
    vendor: "intel",
    describe: intel,
    source: "github.com/intel/intel-device-plugins-for-kubernetes, GPU plugin",
  },
  {
    resource: /^ibm\.com\/spyre_(pf|vf)/,
    vendor: "spyre",
    describe: named("IBM Spyre"),
    source: "IBM Spyre operator",
  },
  {
    resource: /^google\.com\/tpu$/,
    vendor: "tpu",
    describe: (labels) => ({
      product: labels["cloud.google.com/gke-tpu-accelerator"] ?? "TPU",
      memoryMiB: undefined,
    }),
    source: "cloud.google.com, TPUs in GKE",
  },
];

export const acceleratorKind = (resource: string): ResourceKind | undefined =>
  KINDS.find((kind) => kind.resource.test(resource));

/** The accelerators of a node, a pool for each resource that it has or should have. */
export function poolsOf({ metadata, status }: NodeObject): GpuPool[] {
  const labels = metadata.labels ?? {};
  const [capacity, allocatable] = [status.capacity ?? {}, status.allocatable ?? {}];
  const resources = [...new Set([...Object.keys(capacity), ...Object.keys(allocatable)])].sort();
  return resources.flatMap((resource) => {
    const kind = acceleratorKind(resource);
    // A device plugin that was there leaves its resource behind with 0 (as nvidia.com/gpu beside mixed MIG slices).
    if (kind === undefined || wholeQuantity(capacity[resource]) === 0) return [];
    const told = kind.describe(labels, resource);
    return [
      poolOf(
        resource,
        kind.vendor,
        told,
        wholeQuantity(capacity[resource]),
        wholeQuantity(allocatable[resource]),
      ),
    ];
  });
}

function poolOf(
  resource: string,
  vendor: GpuVendor,
  told: Described,
  capacity: number,
  allocatable: number,
): GpuPool {
  const { product = "unknown", memoryMiB, capability, replicas, mig, driver, cuda } = told;
  const type = gpuType(product, { memoryMiB, capability, vendor });
  return {
    product,
    type,
    vendor,
    resource,
    memoryMiB: memoryMiB ?? type?.memoryMiB,
    capability: capability ?? type?.capability,
    capacity,
    allocatable,
    allocated: undefined,
    replicas: replicas !== undefined && replicas > 1 ? replicas : undefined,
    mig,
    driver,
    cuda,
  };
}
