import type { Metrics } from "./ports/metrics.ts";

/** Counts nothing. */
export const noMetrics: Metrics = {
  received() {},
  dropped() {},
  started() {},
  finished() {},
  modelCall() {},
  tokens() {},
  costUsd() {},
  toolCall() {},
  published() {},
};
