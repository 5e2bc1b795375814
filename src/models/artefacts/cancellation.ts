import { within } from "../../base/within.ts";

/** Whether what a server offers is still wanted: those who ask are kept waiting until it is not, or for a while. */
export interface Cancellation {
  /** True once it is cancelled; false when it was not within the time. */
  within(ms: number): Promise<boolean>;
  cancel(): void;
}

export function cancellation(): Cancellation {
  const { promise: cancelled, resolve } = Promise.withResolvers<true>();
  return {
    within: (ms) => within(ms, cancelled).catch(() => false),
    cancel: () => resolve(true),
  };
}
