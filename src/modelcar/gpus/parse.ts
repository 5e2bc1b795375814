import { UsageError } from "../../base/errors.ts";
import { oneOf } from "../../base/one-of.ts";
import type { GpuPool, Inventory, NodeFacts } from "../inventory/types.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import { instanceGpus } from "./instances.ts";
import { gpuType, nearestGpu, splitProduct } from "./match.ts";
import { isGrace } from "./processor.ts";
import { GPU_TYPES } from "./table.ts";
import type { GpuType, GpuVendor } from "./types.ts";

const MAX_GPUS = 1024;

/**
 * The machines that `--gpus` names: `4x NVIDIA-L40S` is one node with four, `2x 8x H100` two nodes with eight each,
 * `g6e.12xlarge` an instance type, and commas separate nodes.
 * @throws UsageError when a part names no GPU that is known.
 */
export function parseGpus(text: string, runtime: RuntimeVersion): Inventory {
  const parts = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  if (parts.length === 0) throw new UsageError("--gpus names no GPU", { hint: EXAMPLE });
  const nodes: NodeFacts[] = [];
  for (const part of parts) nodes.push(...nodesOf(part, nodes.length));
  return {
    source: "flag",
    nodes,
    quotas: [],
    tolerations: [],
    runtime,
    problems: [],
    complete: true,
  };
}

const EXAMPLE = 'Write for example --gpus "4x NVIDIA-L40S", "2x 8x H100" for two nodes, or an instance type.';

function nodesOf(part: string, from: number): NodeFacts[] {
  const match = /^(?:(\d+)\s*[x×*]\s*)?(?:(\d+)\s*[x×*]\s*)?(\S.*)$/i.exec(part);
  const [, first, second, name = part] = match ?? [];
  const instance = instanceGpus(name);
  const nodes = second === undefined && instance === undefined ? 1 : count(first, part);
  const gpus = instance?.count ?? count(second ?? first, part);
  if (nodes * gpus > MAX_GPUS) throw new UsageError(`--gpus: "${part}" is more than ${MAX_GPUS} GPUs`);
  const product = instance?.gpu ?? name;
  const type = gpuType(product) ?? unknownGpu(name);
  return Array.from({ length: nodes }, (_, i) =>
    node(`node-${from + i + 1}`, pool(product, type, gpus), instance && name),
  );
}

function count(text: string | undefined, part: string): number {
  const value = Number(text ?? 1);
  if (value < 1) throw new UsageError(`--gpus: "${part}" asks for none`, { hint: EXAMPLE });
  return value;
}

function unknownGpu(name: string): never {
  const meant = nearestGpu(name);
  throw new UsageError(`--gpus: "${name}" is not a GPU or instance type that is known`, {
    hint:
      meant === undefined
        ? `Known are ${oneOf(
            GPU_TYPES.map(({ id }) => id),
            "and",
          )}.`
        : `Did you mean ${meant}?`,
  });
}

const RESOURCES: Readonly<Record<GpuVendor, string>> = {
  nvidia: "nvidia.com/gpu",
  amd: "amd.com/gpu",
  gaudi: "habana.ai/gaudi",
  intel: "gpu.intel.com/xe",
  spyre: "ibm.com/spyre_pf",
  tpu: "google.com/tpu",
  cpu: "cpu",
};

/** The Kubernetes resource that pods ask for to get such a device. */
export const gpuResource = (vendor: GpuVendor): string => RESOURCES[vendor];

/** Devices of one type, all free, as a user names them. */
export function pool(product: string, type: GpuType, gpus: number): GpuPool {
  return {
    product,
    type,
    vendor: type.vendor,
    resource: gpuResource(type.vendor),
    memoryMiB: type.memoryMiB,
    capability: type.capability,
    capacity: gpus,
    allocatable: gpus,
    allocated: 0,
    replicas: undefined,
    mig: splitProduct(product).mig,
    driver: undefined,
    cuda: undefined,
  };
}

/** All instance types that are known here have x86 CPUs, but for those with Grace. */
function architectureOf({ type }: GpuPool, instanceType: string | undefined): string | undefined {
  if (type !== undefined && isGrace(type)) return "arm64";
  return instanceType === undefined ? undefined : "amd64";
}

function node(name: string, only: GpuPool, instanceType: string | undefined): NodeFacts {
  return {
    name,
    ready: true,
    schedulable: true,
    taints: [],
    architecture: architectureOf(only, instanceType),
    pools: [only],
    ramBytes: undefined,
    storageBytes: undefined,
    instanceType,
    provider: undefined,
    zone: undefined,
  };
}
