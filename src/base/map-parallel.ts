/**
 * What `work` gives for each item, in their order; `width` of them at a time. The first failure, or the signal, ends it: nothing
 * more is begun.
 */
export async function mapParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
  signal?: AbortSignal,
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < items.length && !failed) {
      signal?.throwIfAborted();
      const index = next++;
      results[index] = await work(items[index]!, index);
    }
  };
  const guarded = (): Promise<void> =>
    lane().catch((thrown: unknown) => {
      failed = true;
      throw thrown;
    });
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, guarded));
  return results;
}
