import type { Clock } from "../base/clock.ts";

/** Time in which an instance that went may come back, as it does where it crashes at its start and is started again. */
const GONE_MS = 30_000;

export interface SuccessorOptions {
  clock: Pick<Clock, "after">;
  /** It was seen to go, and nobody came after it. */
  onGone(): void;
}

/**
 * The instance that took this one's place, as its status tells. Where it goes, by its goodbye or its Last Will, this one
 * takes the place back: a rolling update whose new instance fails must not leave nobody.
 */
export function createSuccessor({ clock, onGone }: SuccessorOptions) {
  let cancel: (() => void) | undefined;
  const stay = (): void => {
    cancel?.();
    cancel = undefined;
  };
  return {
    /** `retained`: the broker kept it. Then it may be this one's own Last Will, of the connection that was taken over. */
    saw({ available, retained }: { available: boolean; retained: boolean }): void {
      if (available) stay();
      else if (!retained) cancel ??= clock.after(GONE_MS, onGone);
    },
    /** It is of no interest any more. */
    forget: stay,
  };
}
