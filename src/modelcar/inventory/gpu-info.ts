import { ExpectedError } from "../../base/errors.ts";
import { gpuType, splitProduct } from "../gpus/match.ts";
import { gpuResource } from "../gpus/parse.ts";
import type { GpuVendor } from "../gpus/types.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import type { GpuPool, Inventory, NodeFacts } from "./types.ts";

/** `gpu_info.txt` as peers of this tool write it: bullets of a node, an empty line, the next. Sizes are in GiB and say "GB". */

const GIB = 2 ** 30;

const VENDORS: Partial<Record<GpuVendor, string>> = {
  nvidia: "NVIDIA",
  amd: "AMD",
  intel: "INTEL",
  gaudi: "HABANA",
  spyre: "IBM",
};

/** How many share one device, by time-slicing or MPS. */
const REPLICAS = "Replicas per GPU";

/** A block for each kind of device in each node. */
export const gpuInfoText = ({ nodes }: Pick<Inventory, "nodes">): string =>
  nodes.flatMap((node) => node.pools.map((pool) => `${block(node, pool)}\n\n`)).join("");

function block(node: NodeFacts, pool: GpuPool): string {
  const memory = pool.memoryMiB ?? pool.type?.memoryMiB;
  const gigabytes = (bytes: number | undefined): string =>
    bytes === undefined ? "unknown" : `${(bytes / GIB).toFixed(1)} GB`;
  const lines: [string, string][] = [
    ["Cloud Provider", node.provider ?? "unknown"],
    ["Instance Type", node.instanceType ?? "unknown"],
    ["GPU Provider", (pool.vendor && VENDORS[pool.vendor]) ?? "unknown"],
    ["GPU Product", pool.product],
    ["Per-GPU Memory", memory === undefined ? "unknown" : `${(memory / 1024).toFixed(1)} GB`],
    ["Allocatable GPUs", String(pool.allocatable)],
    // Ours, and only where it matters: peers have no word for it.
    ...(pool.replicas === undefined ? [] : [[REPLICAS, String(pool.replicas)] as [string, string]]),
    ["Node RAM", gigabytes(node.ramBytes)],
    ["Node Storage", gigabytes(node.storageBytes)],
    ["Node Name", node.name],
  ];
  return lines.map(([key, value]) => `• ${key}: ${value}`).join("\n");
}

export const isGpuInfo = (text: string): boolean => /^\s*[•*-]\s*(Cloud Provider|GPU Product):/m.test(text);

/**
 * The nodes of a `gpu_info.txt`. It does not say how many devices are free: all count as free, with a problem that tells
 * so. `file` is for messages. @throws ExpectedError when no node can be read.
 */
export function parseGpuInfo(text: string, file: string, runtime: RuntimeVersion): Inventory {
  const nodes = text.split(/\n\s*\n/).flatMap((part, at) => {
    const facts = new Map(
      [...part.matchAll(/^\s*[•*-]\s*([^:\n]+):[ \t]*(.*)$/gm)].map(([, key = "", value = ""]) => [
        key.trim(),
        value.trim(),
      ]),
    );
    const product = known(facts.get("GPU Product"));
    const count = Number(facts.get("Allocatable GPUs"));
    return product === undefined || !Number.isSafeInteger(count) || count < 0
      ? []
      : [nodeOf(facts, product, count, at)];
  });
  if (nodes.length === 0)
    throw new ExpectedError("it names no node with a GPU Product and its Allocatable GPUs", { where: file });
  return {
    source: "file",
    nodes,
    quotas: [],
    tolerations: [],
    runtime,
    problems: [
      {
        code: "free-unknown",
        text: `${file} does not say how many of the GPUs are free: all are supposed to be`,
        hint: undefined,
      },
    ],
    complete: true,
  };
}

const known = (text: string | undefined): string | undefined =>
  text === undefined || text === "" || /^(unknown|n\/a|none)$/i.test(text) ? undefined : text;

function nodeOf(facts: ReadonlyMap<string, string>, product: string, count: number, at: number): NodeFacts {
  const bytes = (key: string): number | undefined => {
    const size = Number.parseFloat(facts.get(key) ?? "");
    return size > 0 ? Math.round(size * GIB) : undefined;
  };
  const memory = bytes("Per-GPU Memory");
  const type = gpuType(product, memory === undefined ? {} : { memoryMiB: memory / 2 ** 20 });
  // What the table knows is exact; the file has a rounded figure.
  const exact = gpuType(product);
  const near = exact !== undefined && type?.id === exact.id && isNear(exact.memoryMiB, memory);
  return {
    name: known(facts.get("Node Name")) ?? `node-${at + 1}`,
    ready: true,
    schedulable: true,
    taints: [],
    architecture: undefined,
    pools: [{ ...pool(product, near ? exact : type, count, memory), replicas: replicasIn(facts) }],
    ramBytes: bytes("Node RAM"),
    storageBytes: bytes("Node Storage"),
    instanceType: known(facts.get("Instance Type")),
    provider: known(facts.get("Cloud Provider")),
    zone: undefined,
  };
}

function replicasIn(facts: ReadonlyMap<string, string>): number | undefined {
  const count = Number(facts.get(REPLICAS));
  return Number.isSafeInteger(count) && count > 1 ? count : undefined;
}

const isNear = (memoryMiB: number, bytes: number | undefined): boolean =>
  bytes === undefined || Math.abs(memoryMiB * 2 ** 20 - bytes) < 0.05 * bytes;

function pool(product: string, type: GpuPool["type"], count: number, memory: number | undefined): GpuPool {
  return {
    product,
    type,
    vendor: type?.vendor,
    resource: gpuResource(type?.vendor ?? "nvidia"),
    memoryMiB: type?.memoryMiB ?? (memory === undefined ? undefined : Math.round(memory / 2 ** 20)),
    capability: type?.capability,
    capacity: count,
    allocatable: count,
    allocated: 0,
    replicas: undefined,
    mig: splitProduct(product).mig,
    driver: undefined,
    cuda: undefined,
  };
}
