/** Whether what a server offers is still wanted: those who ask are kept waiting until it is not, or for a while. */
export interface Cancellation {
  /** True once it is cancelled; false when it was not within the time. */
  within(ms: number): Promise<boolean>;
  cancel(): void;
}

export function cancellation(): Cancellation {
  const { promise: cancelled, resolve } = Promise.withResolvers<true>();
  return {
    async within(ms) {
      const { promise: over, resolve: end } = Promise.withResolvers<false>();
      const timer = setTimeout(() => end(false), ms);
      try {
        return await Promise.race([cancelled, over]);
      } finally {
        clearTimeout(timer);
      }
    },
    cancel: () => resolve(true),
  };
}
