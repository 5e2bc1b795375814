import type { Clock } from "../base/clock.ts";

/** Within this time others say that they are there, when one of a group says that it goes. */
const SPREAD_MS = 500;
/** For the way of the messages. */
const ANSWER_MS = 2 * SPREAD_MS;

export interface GroupOptions {
  clock: Pick<Clock, "after" | "sleep">;
  /** At least 0, less than 1. */
  random(): number;
  /** This one takes tasks. */
  isAvailable(): boolean;
  announce(): void;
}

/**
 * Replicas that share one agent's tasks, and so its one retained status. When it says that the agent is gone, since one
 * of them went, those that are there say that it is not.
 */
export function createGroup({ clock, random, isAvailable, announce }: GroupOptions) {
  let cancel: (() => void) | undefined;
  /** This one goes; `heard`: and the broker passed that on. */
  let leaving: { heard: boolean } | undefined;
  const others = new AbortController();

  const hush = (): void => {
    cancel?.();
    cancel = undefined;
  };
  const answer = (): void => {
    cancel = undefined;
    if (isAvailable()) announce();
  };

  return {
    /** The status of the agent that all of them are. */
    saw(available: boolean): void {
      if (available)
        hush(); // one of them is enough
      else if (isAvailable()) cancel ??= clock.after(random() * SPREAD_MS, answer);
      if (leaving && !available) leaving.heard = true;
      // After this one's own goodbye it is another that says so.
      if (leaving?.heard && available) others.abort();
    },
    /** This one is about to say goodbye. */
    leave(): void {
      leaving ??= { heard: false };
      hush();
    },
    /** Whether others are there; to be asked once the goodbye was said. */
    async othersAnswer(): Promise<boolean> {
      await clock.sleep(ANSWER_MS, others.signal);
      return others.signal.aborted;
    },
  };
}

export type Group = ReturnType<typeof createGroup>;
