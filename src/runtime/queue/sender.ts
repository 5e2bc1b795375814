import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../log/logger.ts";
import { persist } from "../persist.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { OutboxRow, Store } from "../ports/store.ts";
import type { Transport } from "../ports/transport.ts";

export interface SenderOptions {
  store: Store;
  transport: Transport;
  metrics: Metrics;
  clock: Clock;
  log: Logger;
  /** No more is to be sent. */
  signal: AbortSignal;
  onDelivered(id: number): void;
  onReturned(row: OutboxRow, thrown: unknown): void;
  /** One less is on its way. */
  onFreed(): void;
}

const BACKOFF = { firstMs: 500, maxMs: 30_000 };

/** Outbox rows on their way to the broker. */
export function createSender(options: SenderOptions) {
  const { store, transport, metrics } = options;
  let underWay = 0;

  const deliver = async (row: OutboxRow): Promise<void> => {
    const { id, publication } = row;
    try {
      await transport.publish(publication);
      options.onDelivered(id);
      metrics.published(publication.topic.startsWith("/conversations/") ? "reply" : "forward");
      // Where it fails to the end, the next start sends it again: receivers know the task_id.
      void insist(() => store.sent(id), "a sent message cannot be removed from the outbox", options);
    } catch (error) {
      options.onReturned(row, error);
    }
    underWay -= 1;
    options.onFreed();
  };

  return {
    send(rows: OutboxRow[]): void {
      underWay += rows.length;
      for (const row of rows) void deliver(row);
    },
    underWay: () => underWay,
  };
}

/** Does what the outbox cannot do without, however often it takes; undefined only when nothing more is to be sent. */
export function insist<T>(
  attempt: () => Promise<T>,
  complaint: string,
  { clock, log, signal }: Pick<SenderOptions, "clock" | "log" | "signal">,
): Promise<T | undefined> {
  const onFailure = (error: Error) => log.error({ error }, `${complaint}; trying again`);
  return persist(attempt, { clock, backoff: BACKOFF, signal, onFailure });
}
