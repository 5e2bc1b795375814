import type { ClusterInspection } from "./types.ts";

/** Why nothing should be run on a cluster. */
export interface Unhealthy {
  text: string;
  /** The user may not see what has to be seen; else it is the cluster that is not well. */
  isDenied: boolean;
  hint: string | undefined;
}

/** Why nothing should be run on the cluster; undefined: it is healthy. */
export function unhealthy({ checks, inventory }: ClusterInspection): Unhealthy | undefined {
  const needed = ["reach", "login", "list-nodes"];
  const bad = checks.find(
    ({ id, state }) => needed.includes(id) && (state === "denied" || state === "failed"),
  );
  if (bad !== undefined) return { text: bad.detail, isDenied: bad.state === "denied", hint: bad.hint };
  const usable = inventory.nodes.filter(({ ready, schedulable }) => ready && schedulable);
  if (usable.some(({ pools }) => pools.some(({ allocatable }) => allocatable > 0))) return undefined;
  const text =
    inventory.nodes.length === 0
      ? "no node has an accelerator"
      : "no node that has accelerators is ready and takes pods";
  return { text, isDenied: false, hint: undefined };
}
