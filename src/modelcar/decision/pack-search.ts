import type { Quota } from "../inventory/types.ts";
import { groupsOf, type Packable, type PackGroup, type PackOption } from "./pack-groups.ts";
import { type Candidate, firstOfEach } from "./pools.ts";
import { leftOf, shared, taken } from "./quota.ts";

/** Models by name with where they are put. */
export type Placed = Map<string, PackOption>;

/** A packing to be found: what is to be placed, on what, and within which quotas. */
export interface PackProblem {
  groups: PackGroup[];
  bins: Candidate[];
  /** Of each bin: what makes it like another, however many devices of it are free. */
  likeness: string[];
  quotas: Quota[];
}

export function problemOf(models: readonly Packable[], quotas: readonly Quota[]): PackProblem {
  const { groups, bins } = groupsOf(models);
  const likeness = bins.map(({ pool }, bin) =>
    JSON.stringify([pool.resource, groups.map(({ at }) => at.get(bin) ?? 0)]),
  );
  return { groups, bins, likeness, quotas: shared(quotas) };
}

interface State {
  /** Models of each group that are still to be placed, free devices of each bin, what is left of each quota. */
  waiting: number[];
  free: number[];
  left: number[];
}

interface Choice {
  group: number;
  bin: number;
  gpus: number;
}

/**
 * Depth-first: next the group that has the fewest ways left, each way once where bins are alike, the tightest bin first.
 * States from which there is no way are remembered by what is left in bins that are alike, whatever their order.
 */
export function search(
  problem: PackProblem,
  most: number,
): { placed: Placed | undefined; exhausted: boolean } {
  const { groups, bins, quotas } = problem;
  const state: State = {
    waiting: groups.map(({ names }) => names.length),
    free: bins.map(({ free, devices }) => free ?? devices),
    left: quotas.map(leftOf),
  };
  const cost = Math.max(1, groups.length * bins.length);
  const made: Choice[] = [];
  const hopeless = new Set<string>();
  let work = 0;
  const step = (): boolean => {
    work += cost;
    if (work > most) return false;
    if (state.waiting.every((count) => count === 0)) return true;
    if (cannotFit(problem, state)) return false;
    const key = hopeless.size === 0 ? undefined : keyOf(problem, state);
    if (key !== undefined && hopeless.has(key)) return false;
    for (const choice of fewestWays(problem, state)) {
      move(problem, state, choice, 1);
      made.push(choice);
      if (step()) return true;
      made.pop();
      move(problem, state, choice, -1);
    }
    if (work <= most) hopeless.add(key ?? keyOf(problem, state));
    return false;
  };
  const found = step();
  return { placed: found ? placedBy(problem, made) : undefined, exhausted: !found && work > most };
}

function placedBy({ groups, bins }: PackProblem, made: readonly Choice[]): Placed {
  const next = groups.map(() => 0);
  return new Map(
    made.map(({ group, bin, gpus }) => {
      const name = groups[group]!.names[next[group]!++]!;
      return [name, { candidate: bins[bin]!, gpus }];
    }),
  );
}

/** Puts a model in a bin, or takes it out again (`sign` −1). */
function move(
  { bins, quotas }: PackProblem,
  { waiting, free, left }: State,
  choice: Choice,
  sign: 1 | -1,
): void {
  const { group, bin, gpus } = choice;
  waiting[group]! -= sign;
  free[bin]! -= sign * gpus;
  quotas.forEach((quota, i) => {
    left[i]! -= sign * taken(quota, bins[bin]!.pool.resource, gpus);
  });
}

/** The ways of the group that has the fewest; of equal ones, that which asks for most devices. None: there is no way on. */
function fewestWays(problem: PackProblem, state: State): Choice[] {
  let best: Choice[] | undefined;
  for (const group of state.waiting.keys()) {
    if (state.waiting[group] === 0) continue;
    const ways = waysOf(problem, state, group);
    if (ways.length === 0) return [];
    const larger = best === undefined || problem.groups[group]!.gpus > problem.groups[best[0]!.group]!.gpus;
    if (best === undefined || ways.length < best.length || (ways.length === best.length && larger))
      best = ways;
  }
  return best ?? [];
}

/** Each way once where bins are alike; the tightest first, of equal ones the smallest GPU. */
function waysOf({ groups, bins, likeness, quotas }: PackProblem, state: State, group: number): Choice[] {
  const open = [...groups[group]!.at].filter(([bin, gpus]) => {
    const { resource } = bins[bin]!.pool;
    return (
      state.free[bin]! >= gpus && quotas.every((quota, i) => taken(quota, resource, gpus) <= state.left[i]!)
    );
  });
  const memory = (bin: number): number => bins[bin]!.gpu?.memoryMiB ?? 0;
  open.sort(([a, x], [b, y]) => state.free[a]! - x - (state.free[b]! - y) || memory(a) - memory(b));
  const apart = firstOfEach(open, ([bin]) => `${state.free[bin]} ${likeness[bin]}`);
  return apart.map(([bin, gpus]) => ({ group, bin, gpus }));
}

const keyOf = ({ likeness }: PackProblem, { waiting, free, left }: State): string => {
  const bins = free.map((count, bin) => `${likeness[bin]} ${count}`).sort();
  return `${waiting.join()}|${left.join()}|${bins.join("|")}`;
};

/** Bounds that tell at once that the models that wait cannot all be placed. */
function cannotFit(problem: PackProblem, state: State): boolean {
  const { groups, bins, quotas } = problem;
  const { waiting, free, left } = state;
  const wanted = groups.reduce((sum, { gpus }, group) => sum + gpus * waiting[group]!, 0);
  let room = 0;
  for (const bin of free.keys()) {
    room += mostFilled(problem, state, bin);
    if (room >= wanted) break;
  }
  if (room < wanted) return true;
  return quotas.some((quota, i) => {
    const least = ({ at }: PackGroup): number =>
      Math.min(...[...at].map(([bin, gpus]) => taken(quota, bins[bin]!.pool.resource, gpus)));
    return (
      groups.reduce((sum, group, g) => sum + (waiting[g] === 0 ? 0 : waiting[g]! * least(group)), 0) >
      left[i]!
    );
  });
}

/** Devices of a bin that some of the waiting models fill exactly, most: what is beyond them stays empty. */
function mostFilled({ groups }: PackProblem, { waiting, free }: State, bin: number): number {
  const room = free[bin]!;
  if (room > 30) return room;
  let sums = 1;
  groups.forEach(({ at }, group) => {
    const gpus = at.get(bin);
    if (gpus === undefined || gpus > room) return;
    const copies = Math.min(waiting[group]!, Math.floor(room / gpus));
    for (let i = 0; i < copies; i++) sums |= sums << gpus;
  });
  const reached = sums & (2 ** (room + 1) - 1);
  return 31 - Math.clz32(reached);
}
