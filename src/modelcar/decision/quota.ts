import { reason } from "../compatibility/context.ts";
import type { Reason } from "../compatibility/types.ts";
import type { Inventory, Quota } from "../inventory/types.ts";

/** `requests.nvidia.com/gpu` limits `nvidia.com/gpu`. */
const bare = (resource: string): string => resource.replace(/^(requests|limits)\./, "");

/** What a pod with so many devices takes of a quota; 0 where it is of something else. */
export function taken({ resource }: Quota, devices: string, gpus: number): number {
  if (bare(resource) === devices) return gpus;
  return resource === "pods" || resource === "count/pods" ? 1 : 0;
}

/** What is left for a further pod. */
export const leftOf = ({ hard, used }: Quota): number => hard - used;

/** Of the quotas that all pods share, in their order. */
export const shared = (quotas: readonly Quota[]): Quota[] => quotas.filter(({ per }) => per === undefined);

/** Quotas raised by as much as is missing, and what is told of that. Undefined: nothing is missing of those that count. */
export function raised(
  quotas: readonly Quota[],
  counts: readonly Quota[],
  asked: (quota: Quota) => number,
): { quotas: Quota[]; value: string } | undefined {
  const short = counts.filter((quota) => asked(quota) > leftOf(quota));
  if (short.length === 0) return undefined;
  const enough = (quota: Quota): number => quota.used + asked(quota);
  return {
    quotas: quotas.map((quota) => (short.includes(quota) ? { ...quota, hard: enough(quota) } : quota)),
    value: short.map((quota) => `${quota.name} to ${enough(quota)} of ${quota.resource}`).join(", "),
  };
}

/** What keeps a pod with so many devices out of the namespace. */
export function quotaReasons(devices: string, gpus: number, { quotas }: Inventory): Reason[] {
  return quotas.flatMap((quota) => {
    const { name, resource, hard, used, per } = quota;
    const asked = taken(quota, devices, gpus);
    if (asked > leftOf(quota)) {
      const text =
        per === "pod"
          ? `${name} allows a pod at most ${hard} of ${devices}, and the model asks for ${asked}`
          : `quota ${name} allows ${hard} of ${bare(resource)}, ${used} are used, and the model asks for ${asked}`;
      return [reason("blocks", "quota", text)];
    }
    if (!ASKED_ALWAYS.test(resource) || per === "pod" || leftOf(quota) > 0) return [];
    return [
      reason("blocks", "quota", `quota ${name} has nothing left of ${resource}, and every pod takes some`),
    ];
  });
}

/** Devices that the quotas leave for one further pod. */
export function devicesLeft(devices: string, inventory: Inventory): number {
  if (quotaReasons(devices, 1, inventory).length > 0) return 0;
  const limits = inventory.quotas.filter(({ resource }) => bare(resource) === devices);
  return Math.min(Number.POSITIVE_INFINITY, ...limits.map(leftOf));
}

/** A quota of these makes pods name what they take of it, which is never nothing for one that serves a model. */
const ASKED_ALWAYS = /^((requests|limits)\.)?(cpu|memory)$/;

/** Quotas that all models together would go beyond, with what they ask for. */
export const exceeded = (
  placed: Iterable<{ resource: string; gpus: number }>,
  quotas: readonly Quota[],
): Reason[] => {
  const pods = [...placed];
  return shared(quotas).flatMap((quota) => {
    const { name, resource, hard, used } = quota;
    const asked = pods.reduce((sum, pod) => sum + taken(quota, pod.resource, pod.gpus), 0);
    if (asked <= leftOf(quota)) return [];
    const text = `quota ${name} allows ${hard} of ${bare(resource)}; ${used} are used and all models together ask for ${asked}`;
    return [reason("blocks", "quota", text)];
  });
};
