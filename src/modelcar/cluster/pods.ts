import { parseQuantity } from "../../base/quantity.ts";
import type { NodeFacts } from "../inventory/types.ts";
import { acceleratorKind } from "./accelerators.ts";
import type { PodObject } from "./objects.ts";

type Amounts = Map<string, number>;
type ContainerObject = PodObject["spec"]["containers"][number];

/** Devices that a container asks for; extended resources cannot be overcommitted, so that a limit is a request. */
function amountsOf({ resources }: ContainerObject): Amounts {
  const asked = { ...resources?.limits, ...resources?.requests };
  return new Map(
    Object.entries(asked)
      .filter(([resource]) => acceleratorKind(resource) !== undefined)
      .map(([resource, value]) => [resource, Math.ceil(parseQuantity(value) ?? 0)]),
  );
}

const plus = (a: Amounts, b: Amounts): Amounts => merged(a, b, (x, y) => x + y);
const most = (a: Amounts, b: Amounts): Amounts => merged(a, b, Math.max);

const merged = (a: Amounts, b: Amounts, how: (x: number, y: number) => number): Amounts =>
  new Map(
    [...new Set([...a.keys(), ...b.keys()])].map((key) => [key, how(a.get(key) ?? 0, b.get(key) ?? 0)]),
  );

/**
 * Devices that the scheduler counts for a pod: its containers and sidecars together, or the init container that asks for
 * more while it runs (kubernetes.io, Sidecar Containers, "Resource sharing within containers").
 */
export function devicesOfPod({ spec }: PodObject): Amounts {
  let sidecars: Amounts = new Map();
  let starting: Amounts = new Map();
  for (const init of spec.initContainers ?? []) {
    const own = amountsOf(init);
    if (init.restartPolicy === "Always") {
      sidecars = plus(sidecars, own);
      starting = most(starting, sidecars);
    } else starting = most(starting, plus(sidecars, own));
  }
  const running = spec.containers.reduce((sum, each) => plus(sum, amountsOf(each)), sidecars);
  return most(running, starting);
}

const isOver = ({ status }: PodObject): boolean => ["Succeeded", "Failed"].includes(status?.phase ?? "");

/** The node with what these pods, all of them on it, hold of its accelerators. */
export function withPods(node: NodeFacts, pods: readonly PodObject[]): NodeFacts {
  const held = pods
    .filter((pod) => !isOver(pod))
    .reduce<Amounts>((sum, pod) => plus(sum, devicesOfPod(pod)), new Map());
  return {
    ...node,
    pools: node.pools.map((pool) => ({ ...pool, allocated: held.get(pool.resource) ?? 0 })),
  };
}
