/** What one layer keeps of the tokens that it has seen. */
export type Cache =
  | { kind: "full" | "chunked"; kvHeads: number; keySize: number; valueSize: number }
  | { kind: "sliding"; window: number; kvHeads: number; keySize: number; valueSize: number }
  /** Multi-head latent attention: one latent for all heads. `indexer`: bytes a token of sparse attention's index. */
  | { kind: "latent"; size: number; indexer: number }
  /**
   * Mamba, linear attention, short convolution: a state a sequence, elements; `ssmBytes` an element of it. Of the
   * `groups` of Mamba 2, `groupSize` elements each of the convolution's, every GPU holds one at least.
   */
  | {
      kind: "state";
      conv: number;
      ssm: number;
      ssmBytes: number | undefined;
      groups?: number;
      groupSize?: number;
    }
  | { kind: "cross"; tokens: number; kvHeads: number; keySize: number; valueSize: number };

/** Values that a cache holds; a config that leaves one without any does not tell the truth. */
export function cacheWidth(cache: Cache): number {
  if (cache.kind === "latent") return cache.size;
  if (cache.kind === "state") return cache.conv + cache.ssm;
  return Math.min(cache.kvHeads, cache.keySize + cache.valueSize);
}
