import type { Placement } from "../types.ts";
import type { Candidate } from "./pools.ts";

/** A model that runs alone on each of these candidates, with so many devices. */
export interface Packable {
  name: string;
  options: { candidate: Candidate; gpus: number }[];
}

export interface Packing {
  placed: Map<string, Placement>;
  unplaced: string[];
}

/** Beyond this many steps the search stops with the best that it has found. */
const MAX_STEPS = 20_000;

/**
 * Puts all models on the devices at once; each has its devices for itself, as Kubernetes gives them out. Searches for
 * the packing that places most, the hardest to place first, on the devices that are just enough.
 */
export function pack(models: readonly Packable[]): Packing {
  const order = [...models].sort((a, b) => a.options.length - b.options.length || largest(b) - largest(a));
  const free = new Map<Candidate, number>();
  for (const { options } of order)
    for (const { candidate } of options) free.set(candidate, candidate.free ?? 0);
  let best = new Map<string, Placement>();
  let steps = 0;
  const search = (index: number, placed: Map<string, Placement>): boolean => {
    if (placed.size > best.size) best = new Map(placed);
    if (best.size === order.length || ++steps > MAX_STEPS) return true;
    const model = order[index];
    if (model === undefined || placed.size + order.length - index <= best.size) return false;
    const tight = [...model.options].sort((a, b) => left(free, a) - left(free, b));
    for (const { candidate, gpus } of tight) {
      const has = free.get(candidate) ?? 0;
      if (has < gpus) continue;
      free.set(candidate, has - gpus);
      placed.set(model.name, placement(candidate, gpus));
      const done = search(index + 1, placed);
      placed.delete(model.name);
      free.set(candidate, has);
      if (done) return true;
    }
    return search(index + 1, placed);
  };
  search(0, new Map());
  return { placed: best, unplaced: models.map(({ name }) => name).filter((name) => !best.has(name)) };
}

const largest = ({ options }: Packable): number => Math.max(0, ...options.map(({ gpus }) => gpus));

const left = (
  free: ReadonlyMap<Candidate, number>,
  { candidate, gpus }: { candidate: Candidate; gpus: number },
): number => (free.get(candidate) ?? 0) - gpus + (candidate.gpu?.memoryMiB ?? 0) / 1e7;

export const placement = ({ node, pool }: Candidate, gpus: number): Placement => ({
  node: node.name,
  resource: pool.resource,
  product: pool.product,
  gpus,
});
