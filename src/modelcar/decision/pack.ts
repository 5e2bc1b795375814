import type { Quota } from "../inventory/types.ts";
import type { Packable } from "./pack-groups.ts";
import { type Placed, problemOf, search } from "./pack-search.ts";
import type { Candidate } from "./pools.ts";
import type { Placement } from "./types.ts";

export interface Packing {
  placed: Map<string, Placement>;
  unplaced: string[];
  /** The search was ended before it was clear whether all find a place. */
  exhausted: boolean;
}

/** Steps times what one step looks at; a second or two. Tens of models on tens of nodes take a hundredth of it. */
const MAX_WORK = 10_000_000;
/** For each further model when not all find a place: then it is only to be told which. */
const PARTIAL_WORK = 200_000;

/**
 * Puts all models on the devices at once; each has its devices for itself, as Kubernetes gives them out, and all of them
 * together keep within the quotas. Exact: when nothing is `exhausted`, `unplaced` is empty if and only if there is a
 * way. Otherwise as many are placed as are found one by one, the smallest first.
 */
export function pack(models: readonly Packable[], quotas: readonly Quota[] = [], most = MAX_WORK): Packing {
  const all = search(problemOf(models, quotas), most);
  if (all.placed !== undefined) return { placed: placements(all.placed), unplaced: [], exhausted: false };
  let placed: Placed = new Map();
  const chosen: Packable[] = [];
  for (const model of [...models].sort((a, b) => least(a) - least(b))) {
    if (model.options.length === 0) continue;
    const more = search(problemOf([...chosen, model], quotas), PARTIAL_WORK).placed;
    if (more === undefined) continue;
    chosen.push(model);
    placed = more;
  }
  const unplaced = models.map(({ name }) => name).filter((name) => !placed.has(name));
  return { placed: placements(placed), unplaced, exhausted: all.exhausted };
}

const least = ({ options }: Packable): number => Math.min(...options.map(({ gpus }) => gpus));

const placements = (placed: Placed): Map<string, Placement> =>
  new Map([...placed].map(([name, { candidate, gpus }]) => [name, placement(candidate, gpus)]));

export const placement = ({ node, pool }: Candidate, gpus: number): Placement => ({
  node: node.name,
  resource: pool.resource,
  product: pool.product,
  gpus,
});
