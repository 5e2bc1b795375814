/** One number of the estimate, with where it comes from. */
export interface Term {
  label: string;
  bytes: number;
  /** In words and numbers: "32 layers × 8 KV heads × 128 × 2 (K, V) × 2 bytes = 128.00 KiB a token". */
  formula: string;
}

/** What one GPU must hold, worst rank. All terms are bytes per GPU. */
export interface Requirements {
  gpus: number;
  weights: Term;
  /** KV cache of one sequence of the context length: the least with which vLLM starts. */
  kv: Term;
  activations: Term;
  graphs: Term;
  overhead: Term;
  /** Sum of the terms. */
  total: number;
  /** What vLLM may use of one GPU: total memory × gpu_memory_utilization. */
  budget: number;
  /** budget − total; negative: does not fit. */
  margin: number;
  /** Room for KV cache after all else; negative: not even the weights fit. */
  kvRoom: number;
  /** Bytes at the worst moment of loading, where that is more than `weights`. */
  loadPeak: number | undefined;
  /** The release does not tell whether loading takes that much. */
  loadPeakUnclear?: boolean | undefined;
  /** Memory of one GPU that a process can get. */
  usable: number;
  /** Tokens of context that the estimate is for. */
  contextLength: number;
  /** Largest context of one sequence that fits, at most the model's limit; 0: none. */
  largestContext: number;
  /** Sequences of contextLength that fit at once ("maximum concurrency" in vLLM's log). */
  concurrency: number;
  /** Bytes of KV cache that one more token takes, per GPU. */
  kvBytesPerToken: number;
  /** Sequences whose recurrent states fit at once; only where vLLM wants one for each of `--max-num-seqs`. */
  mostStates?: number | undefined;
  /** What had to be supposed, for the report. */
  assumptions: string[];
}
