import type { TaskEnvelope } from "../../protocol/envelope.ts";
import type { NewTask } from "../ports/store.ts";

/** A message that the broker waits to see acknowledged. */
export interface Held {
  task: NewTask;
  /** Of a task that will be worked, and so counts against `maxWaiting` until it is done. */
  envelope?: TaskEnvelope;
  /** Of the message. */
  bytes: number;
  acks: (() => void)[];
}

export interface HeldLimits {
  /** Tasks in the journal that are not done, beyond which the broker is left to keep the rest. */
  maxWaiting: number;
  /**
   * Bytes of messages kept unacknowledged in memory, beyond which the journal takes them all the same: some brokers
   * send more than their window (Mosquitto 2.0.11 refills all of it on each PUBACK).
   */
  maxHeldBytes: number;
}

/** Messages that are not in the journal yet: they wait for room in it, or are just being written. */
export function createHeld({ maxWaiting, maxHeldBytes }: HeldLimits) {
  const waiting = new Map<string, Held>();
  const writing = new Map<string, Held>();
  /** Of what waits. */
  let bytes = 0;
  /** Tasks in the journal that are not done. */
  let open = 0;

  const wait = (item: Held): void => {
    waiting.set(item.task.key, item);
    bytes += item.bytes;
  };
  const take = (): Held | undefined => {
    const [item] = waiting.values();
    if (!item) return undefined;
    waiting.delete(item.task.key);
    bytes -= item.bytes;
    writing.set(item.task.key, item);
    return item;
  };

  return {
    /** A second message of the same key (the broker delivers again after a reconnect) is answered with the first. */
    add(item: Held): void {
      const known = waiting.get(item.task.key) ?? writing.get(item.task.key);
      if (known) known.acks.push(...item.acks);
      else wait(item);
    },
    /** The one that has waited longest, now to be written. */
    take,
    /** The same, if the journal has room for it. */
    takeIfRoom: () => (open + writing.size < maxWaiting || bytes > maxHeldBytes ? take() : undefined),
    written(item: Held, isNew: boolean): void {
      writing.delete(item.task.key);
      if (isNew && item.envelope) open += 1;
    },
    notWritten(item: Held): void {
      writing.delete(item.task.key);
      wait(item);
    },
    /** How many tasks are open in the journal, whoever accepted and whoever works them. */
    recount(count: number): void {
      open = count;
    },
    /** A task is done, or gone from here. */
    released(): void {
      open -= 1;
    },
    /** Forgets what waits; the broker has it still. */
    drop(): void {
      waiting.clear();
      bytes = 0;
    },
    isWriting: () => writing.size > 0,
    size: () => waiting.size + writing.size,
  };
}
