import type { Inventory, NodeFacts, Quota } from "../inventory/types.ts";
import type { Packing } from "./pack.ts";
import type { Packable, PackOption } from "./pack-groups.ts";
import { problemOf, search } from "./pack-search.ts";
import { type Candidate, firstOfEach } from "./pools.ts";
import { raised, shared, taken } from "./quota.ts";
import { type Decided, packable } from "./together.ts";
import type { Trial } from "./trial.ts";
import type { Change, Placement } from "./types.ts";

/** Kinds of nodes that are offered, and how many of one. */
const [MOST_KINDS, MOST_NODES] = [3, 8];

/** Steps of one search; what takes longer is not offered. */
const MOST_WORK = 500_000;

/** Each model, in their order, on one node alone. */
type OnNode = (node: NodeFacts) => Trial[][];

/**
 * Where each model runs by itself and not all at once: what would let them. Each change was made on a copy of the
 * inventory, and a place was then found for each model. `unlimited`: their places as if there were no quotas.
 */
export function togetherChanges(
  decided: readonly Decided[],
  unlimited: Packing | undefined,
  inventory: Inventory,
  onNode: OnNode,
): Change[] {
  if (decided.length < 2 || decided.some(({ decision }) => decision.verdict !== "GO")) return [];
  if (unlimited === undefined) return [];
  const { placed, unplaced } = unlimited;
  if (unplaced.length === 0) return raisedQuotas(decided, [...placed.values()], inventory);
  return nodesFor(decided, unplaced)
    .flatMap((node) => moreNodes(decided, node, inventory, onNode))
    .sort((a, b) => a.count - b.count)
    .map(({ change }) => change);
}

const findPlaces = (models: readonly Packable[], quotas: readonly Quota[]): boolean =>
  search(problemOf(models, quotas), MOST_WORK).placed !== undefined;

function raisedQuotas(
  decided: readonly Decided[],
  placed: readonly Placement[],
  { quotas }: Inventory,
): Change[] {
  const asked = (quota: Quota): number =>
    placed.reduce((sum, { resource, gpus }) => sum + taken(quota, resource, gpus), 0);
  const more = raised(quotas, shared(quotas), asked);
  if (more === undefined || !findPlaces(decided.map(packable(["GO"])), more.quotas)) return [];
  return [
    { kind: "cluster", what: "quota", value: more.value, why: "raised by so much it lets all models in" },
  ];
}

/** One node of each kind on which a model runs that finds no place. */
function nodesFor(decided: readonly Decided[], unplaced: readonly string[]): NodeFacts[] {
  const nodes = decided
    .filter(({ decision }) => unplaced.includes(decision.name))
    .flatMap(({ trials }) => trials.filter(({ verdict }) => verdict === "GO"))
    .map(({ candidate }) => candidate.node);
  return firstOfEach(nodes, gpusOf).slice(0, MOST_KINDS);
}

const gpusOf = ({ pools }: NodeFacts): string =>
  pools.map(({ allocatable, product }) => `${allocatable}x ${product}`).join(", ");

function moreNodes(
  decided: readonly Decided[],
  like: NodeFacts,
  { quotas }: Inventory,
  onNode: OnNode,
): { count: number; change: Change }[] {
  const there = decided.map(packable(["GO"]));
  const pools = like.pools.map((pool) => ({ ...pool, allocated: 0 }));
  const added = onNode({ ...like, pools }).map((trials, i) => packable(["GO"])({ ...decided[i]!, trials }));
  for (let count = 1; count <= MOST_NODES; count++) {
    const copies = Array.from({ length: count }, () => new Map<Candidate, Candidate>());
    const models = there.map(({ name, options }, i) => ({
      name,
      options: [
        ...options,
        ...copies.flatMap((copy) => added[i]!.options.map((option) => copied(option, copy))),
      ],
    }));
    if (!findPlaces(models, quotas)) continue;
    const value = `${count} more like ${like.name}, ${gpusOf(like)}${count === 1 ? "" : " each"}`;
    const why = "then all models find their GPUs at the same time";
    return [{ count, change: { kind: "hardware", what: count === 1 ? "node" : "nodes", value, why } }];
  }
  return [];
}

/** On the same devices of another node; one node's devices are one candidate for all models. */
function copied(option: PackOption, copy: Map<Candidate, Candidate>): PackOption {
  const candidate = copy.get(option.candidate) ?? { ...option.candidate };
  copy.set(option.candidate, candidate);
  return { ...option, candidate };
}
