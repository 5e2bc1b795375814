export interface PumpOptions {
  /** How much can be taken now. */
  room(): number;
  /** Takes up to `limit` and says how many there were. Must not reject. */
  take(limit: number): Promise<number>;
  /** A run of takes is over. */
  onRest?(): void;
}

/**
 * Takes things from a store while there is room for them, one take at a time, and asks no more often than there can be
 * something: after `wake`, or when the last take was not the end.
 */
export function createPump({ room, take, onRest }: PumpOptions) {
  let more = false;
  let taking = false;

  const run = async (): Promise<void> => {
    if (taking) return;
    taking = true;
    for (let limit = room(); more && limit > 0; limit = room()) {
      more = false;
      if ((await take(limit)) >= limit) more = true;
    }
    taking = false;
    onRest?.();
  };

  return {
    /** There may be something to take. */
    wake(): void {
      more = true;
      void run();
    },
    /** There is room again. */
    freed(): void {
      if (more) void run();
    },
    taking: () => taking,
    /** There is nothing to take, as far as is known. */
    isDry: () => !more && !taking,
  };
}
