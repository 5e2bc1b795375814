import type { Numbers } from "./numbers.ts";

/** Indices of the k largest values, largest first; of equal ones the first (as NumPy's argmax). NaN is never among them. */
export function largest(values: Numbers, k: number): number[] {
  const best: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value) || (best.length === k && value <= values[best[k - 1]!]!)) continue;
    let at = best.length;
    while (at > 0 && value > values[best[at - 1]!]!) at--;
    best.splice(at, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}
