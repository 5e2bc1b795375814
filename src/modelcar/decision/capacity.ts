import { counted } from "../../base/counted.ts";
import { reason } from "../compatibility/context.ts";
import type { Reason } from "../compatibility/types.ts";
import { splitProduct } from "../gpus/match.ts";
import type { Inventory } from "../inventory/types.ts";
import type { ModelFacts } from "../model/model-facts.ts";
import { type Candidate, wholeDevices } from "./pools.ts";
import { quotaReasons } from "./quota.ts";
import { unreadReasons } from "./unread.ts";

/** What the node, the quotas, the image, and what was not read say against `gpus` devices of this candidate. */
export const capacityReasons = (
  candidate: Candidate,
  gpus: number,
  facts: ModelFacts,
  inventory: Inventory,
): Reason[] => [
  ...countReasons(candidate, gpus, inventory),
  ...sharedReasons(candidate),
  ...architectureReasons(candidate, facts),
  ...quotaReasons(candidate.pool.resource, gpus, inventory),
  ...unreadReasons(inventory),
];

function countReasons(
  { node, devices, free, pool }: Candidate,
  gpus: number,
  { nodes }: Inventory,
): Reason[] {
  if (gpus > devices) {
    const all = nodes.flatMap(({ pools }) => pools).filter(({ product }) => product === pool.product);
    const whole = all.map((one) => wholeDevices(one.allocatable, one));
    const enough = whole.reduce((sum, count) => sum + count, 0) >= gpus;
    const overNodes = enough ? "; whether it runs over several nodes is not judged" : "";
    const text = `the model asks for ${counted(gpus, "GPU")} in one node; ${node.name} has ${devices}${overNodes}`;
    return [reason("blocks", "gpu-count", text)];
  }
  if (free === undefined) {
    const text = `how many of the GPUs of ${node.name} are free is not known: its pods could not be listed`;
    return [reason("unknown", "gpu-free-unknown", text)];
  }
  if (gpus <= free) return [];
  const text = `the model asks for ${counted(gpus, "GPU")}; of ${devices} in ${node.name}, ${free} are free`;
  return [reason("memory", "gpu-busy", text)];
}

function sharedReasons({ node, pool: { replicas, product } }: Candidate): Reason[] {
  if (replicas === undefined && splitProduct(product).shared)
    return [
      reason(
        "unknown",
        "gpu-shared-unknown",
        `the GPUs of ${node.name} (${product}) are shared by time-slicing or MPS, and by how many is not known`,
      ),
    ];
  if (replicas === undefined || replicas <= 1) return [];
  const text = `the GPUs of ${node.name} are shared ${replicas} ways: memory is not kept apart`;
  return [reason("warning", "gpu-shared", text)];
}

function architectureReasons({ node }: Candidate, { container }: ModelFacts): Reason[] {
  const images = container?.architectures ?? [];
  if (images.length === 0) return [];
  if (node.architecture === undefined)
    return images.includes("amd64") ? [] : [unsureArchitecture(node.name, images)];
  if (images.includes(node.architecture)) return [];
  const text = `the image is built for ${images.join(", ")}; node ${node.name} is ${node.architecture}`;
  return [reason("blocks", "image-architecture", text)];
}

/** Most servers are x86, and an image that is not built for it must be asked about. */
const unsureArchitecture = (node: string, images: readonly string[]): Reason =>
  reason(
    "unknown",
    "image-architecture-unknown",
    `the image is built for ${images.join(", ")} alone, and which processor ${node} has is not known`,
  );
