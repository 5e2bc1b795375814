import type { Candidate } from "./pools.ts";

export interface PackOption {
  candidate: Candidate;
  /** Devices that the model takes there. */
  gpus: number;
}

/** A model that runs alone on each of these candidates. */
export interface Packable {
  name: string;
  options: PackOption[];
}

/** Models that are alike to a packing: the same devices on the same candidates. */
export interface PackGroup {
  names: string[];
  /** Fewest devices that one of them takes. */
  gpus: number;
  /** Devices that one takes of each bin where it runs. */
  at: Map<number, number>;
}

/** The models in groups, and all candidates that any of them may be put on. */
export function groupsOf(models: readonly Packable[]): { groups: PackGroup[]; bins: Candidate[] } {
  const bins = [...new Set(models.flatMap(({ options }) => options.map(({ candidate }) => candidate)))];
  const numbers = new Map(bins.map((bin, i) => [bin, i]));
  const groups = new Map<string, PackGroup>();
  for (const { name, options } of models) {
    const at = new Map(options.map(({ candidate, gpus }) => [numbers.get(candidate)!, gpus]));
    const key = JSON.stringify([...at]);
    const known = groups.get(key);
    if (known !== undefined) known.names.push(name);
    else groups.set(key, { names: [name], gpus: Math.min(...at.values()), at });
  }
  return { groups: [...groups.values()], bins };
}
