import type { ClusterInspection } from "./types.ts";

/** Why nothing should be run on the cluster, in words; undefined: it is healthy. */
export function unhealthy({ checks, inventory }: ClusterInspection): string | undefined {
  const needed = ["reach", "login", "list-nodes"];
  const bad = checks.find(
    ({ id, state }) => needed.includes(id) && (state === "denied" || state === "failed"),
  );
  if (bad !== undefined) return `${bad.label}: no. ${bad.detail}`;
  const usable = inventory.nodes.filter(({ ready, schedulable }) => ready && schedulable);
  if (usable.some(({ pools }) => pools.some(({ allocatable }) => allocatable > 0))) return undefined;
  return inventory.nodes.length === 0
    ? "no node has an accelerator"
    : "no node that has accelerators is ready and takes pods";
}
