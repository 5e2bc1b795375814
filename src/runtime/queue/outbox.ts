import type { Clock } from "../../base/clock.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { OutboxRow } from "../ports/store.ts";
import type { Transport } from "../ports/transport.ts";
import { createPump } from "./pump.ts";
import { createReturned, type ReturnedOptions } from "./returned.ts";
import { createSender, insist } from "./sender.ts";

export interface OutboxOptions extends Omit<ReturnedOptions, "signal" | "wake"> {
  transport: Transport;
  metrics: Metrics;
  /** Publications on their way to the broker at a time. */
  window: number;
}

/** From the journal to the broker: a row goes only when the broker has taken the message over (PUBACK). */
export function createOutbox(options: OutboxOptions) {
  const { store, clock, log, window } = options;
  const closing = new AbortController();
  const { signal } = closing;
  const trying = { clock, log, signal };
  /** How many rows the journal was just asked for. */
  let asked = 0;
  const rest = createRest(() => sender.underWay() === 0 && pump.isDry());

  const room = () => (signal.aborted ? 0 : Math.max(0, window - sender.underWay() - asked));
  const take = async (limit: number): Promise<number> => {
    asked = limit;
    const rows = (await insist(() => store.takeOutbox(limit), "the outbox cannot be read", trying)) ?? [];
    asked = 0;
    sender.send(rows);
    return rows.length;
  };
  const pump = createPump({ room, take, onRest: rest.look });
  const returned = createReturned({ ...options, signal, wake: pump.wake });
  const sender = createSender({
    ...options,
    signal,
    onDelivered: returned.delivered,
    onReturned: returned.take,
    onFreed() {
      pump.freed();
      rest.look();
    },
  });

  return {
    /** There may be something to send. */
    wake: pump.wake,
    /** Sends what the journal gave out; what is too much just now goes back there. */
    async send(rows: OutboxRow[]): Promise<void> {
      const now = rows.slice(0, room());
      sender.send(now);
      const later = rows.slice(now.length);
      if (later.length === 0) return;
      const putBack = () => Promise.all(later.map(({ id }) => store.putBack(id)));
      await insist(putBack, "messages cannot be put back into the outbox", trying);
      pump.wake();
    },
    /** Resolves when all is sent, or after `ms`. */
    flush(ms: number): Promise<void> {
      pump.wake();
      return rest.within(ms, clock);
    },
    close(): void {
      closing.abort();
    },
  };
}

/** Waits for the moment when there is nothing more to do. */
function createRest(isResting: () => boolean) {
  let waiting: (() => void)[] = [];
  return {
    /** It may have come. */
    look(): void {
      if (!isResting()) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    /** Resolves when it has come, or after `ms`. */
    async within(ms: number, clock: Pick<Clock, "sleep">): Promise<void> {
      if (isResting()) return;
      const done = new AbortController();
      const rest = new Promise<void>((resolve) => waiting.push(resolve)).then(() => done.abort());
      await Promise.race([rest, clock.sleep(ms, done.signal)]);
    },
  };
}
