import { reason } from "../compatibility/context.ts";
import type { Reason } from "../compatibility/types.ts";
import type { Inventory } from "../inventory/types.ts";
import { bytesText, MIB } from "../requirements/units.ts";
import type { Candidate } from "./pools.ts";
import type { Trial } from "./trial.ts";
import type { Placement } from "./types.ts";

/** Code of the warning on a GO that hangs by less than the estimate may be off. */
export const TIGHT = "memory-tight";

/** Of a GPU's memory. What is published of vLLM's own measurements is met within it (docs/model-car.md, the table). */
const SURE = 0.02;

export const isAt = ({ node, pool }: Candidate, { node: name, resource, product }: Placement): boolean =>
  node.name === name && pool.resource === resource && pool.product === product;

/** What a reader of a GO should know of the devices that the model gets, `trials` all that it was tried on. */
export function remarks(
  trial: Trial,
  placement: Placement,
  trials: readonly Trial[],
  source: Inventory["source"],
): Reason[] {
  if (trial.verdict !== "GO") return [];
  return [...tight(trial), ...elsewhere(placement, trials, source)];
}

function tight({ evaluation, candidate: { gpu } }: Trial): Reason[] {
  const { requirements } = evaluation;
  if (requirements === undefined || gpu === undefined) return [];
  const sure = gpu.memoryMiB * MIB * SURE;
  if (requirements.margin >= sure) return [];
  const text = `it is tight: ${bytesText(requirements.margin)} are left, and estimates may be off by ${bytesText(sure)} (${SURE * 100} % of the GPU); try it before you count on it`;
  return [reason("warning", TIGHT, text)];
}

/** Kubernetes puts a pod on any node that gives out the resource, also where the model does not start. */
function elsewhere(placement: Placement, trials: readonly Trial[], source: Inventory["source"]): Reason[] {
  const { node, resource, product, gpus } = placement;
  const others = trials.filter(
    ({ candidate: { pool }, verdict }) =>
      pool.resource === resource && verdict !== "GO" && pool.product !== product,
  );
  if (others.length === 0) return [];
  const products = [...new Set(others.map(({ candidate }) => candidate.pool.product))].join(", ");
  const text = `it runs on ${gpus}x ${product} of ${node}; a pod that asks for ${resource} alone may land on ${products}, where it does not: pin it with a nodeSelector on ${selector(placement, source)}`;
  return [reason("warning", "placement-elsewhere", text)];
}

/** Labels that the vendors' operators put on nodes, where the product is written as theirs; else the one that all nodes have. */
function selector({ product, resource, node }: Placement, source: Inventory["source"]): string {
  const label = resource.startsWith("amd.com/") ? "amd.com/gpu.product-name" : "nvidia.com/gpu.product";
  if (source === "flag") return label;
  return /^(NVIDIA|Tesla|Quadro|GeForce|AMD)[-_]/.test(product)
    ? `${label}: ${product}`
    : `kubernetes.io/hostname: ${node}`;
}
