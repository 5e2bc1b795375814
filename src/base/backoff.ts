export interface Backoff {
  /** Delay before the first retry, in ms. */
  firstMs: number;
  /** No delay is longer than this, in ms. */
  maxMs: number;
}

/**
 * Delay in ms before retry number `attempt` (0-based): exponential with equal jitter, so that many
 * clients of a service that came back do not knock in step (AWS Architecture Blog, "Exponential Backoff And Jitter").
 */
export function backoffDelay({ firstMs, maxMs }: Backoff, attempt: number, random = Math.random): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** attempt);
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}
