import type { Clock } from "../base/clock.ts";

const QUIET_MS = 1_000;

/** Calls `onQuiet` once nothing happened for a second after something did. */
export function createQuiet(clock: Clock, signal: AbortSignal, onQuiet: () => void) {
  let touchedAt: number | undefined;
  let waiting = false;

  const wait = async (): Promise<void> => {
    waiting = true;
    while (touchedAt !== undefined && !signal.aborted) {
      const rest = touchedAt + QUIET_MS - clock.now();
      if (rest > 0) await clock.sleep(rest, signal);
      else {
        touchedAt = undefined;
        onQuiet();
      }
    }
    waiting = false;
  };

  return {
    /** Something happened. */
    touch(): void {
      touchedAt = clock.now();
      if (!waiting) void wait();
    },
  };
}
