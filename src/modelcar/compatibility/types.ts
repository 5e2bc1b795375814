export interface Reason {
  /** Stable, for machines: `tp-heads`, `fp8-capability`. */
  code: string;
  /** `blocks`: unsupported; `memory`: does not fit; `unknown`: cannot be told; the others do not change the verdict. */
  kind: "blocks" | "memory" | "unknown" | "warning" | "note";
  text: string;
  /** The document or code that the rule cites. */
  source: string | undefined;
  /** First release of vLLM with which it no longer holds, where an older one is why it does. */
  release?: string | undefined;
}
