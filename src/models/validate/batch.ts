import type { Feeds, Value } from "../ort/types.ts";

/** How many items a run takes: the first dimension, where all inputs with more than one dimension agree on it; else 1. */
export function batchOf(feeds: Feeds): number {
  const firsts = new Set(
    Object.values(feeds)
      .filter(({ dims }) => dims.length > 1)
      .map(({ dims }) => dims[0]!),
  );
  const [only = 1] = firsts;
  return firsts.size === 1 && only > 1 ? only : 1;
}

/** The outputs of the first item: what has no dimension for the batch stays whole. */
export const firstOfBatch = (outputs: Feeds, batch: number): Feeds =>
  batch === 1
    ? outputs
    : Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, firstOf(value, batch)]));

function firstOf({ type, dims, data }: Value, batch: number): Value {
  if (dims[0] !== batch) return { type, dims, data };
  const count = data.length / batch;
  return {
    type,
    dims: [1, ...dims.slice(1)],
    data: Array.isArray(data) ? data.slice(0, count) : data.subarray(0, count),
  };
}
