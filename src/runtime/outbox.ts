import { backoffDelay } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";
import { toError } from "../base/errors.ts";
import type { Logger } from "../log/logger.ts";
import type { Metrics } from "./ports/metrics.ts";
import type { OutboxRow, Store } from "./ports/store.ts";
import { PublishRefused, type Transport } from "./ports/transport.ts";
import { createPump } from "./pump.ts";

export interface OutboxOptions {
  store: Store;
  transport: Transport;
  metrics: Metrics;
  clock: Clock;
  log: Logger;
  /** Publications on their way to the broker at a time. */
  window: number;
}

const RETRY = { firstMs: 500, maxMs: 30_000 };
const RETRY_ROW = { firstMs: 100, maxMs: 600_000 };
/** A message that was lost this often may be what breaks the connection. */
const SUSPICIOUS = 3;

/** From the journal to the broker: a row goes only when the broker has taken the message over (PUBACK). */
export function createOutbox({ store, transport, metrics, clock, log, window }: OutboxOptions) {
  const closing = new AbortController();
  let inFlight = 0;
  let failures = 0;
  /** By row: how often it was sent in vain. */
  const losses = new Map<number, number>();
  let resting: (() => void)[] = [];

  const take = async (limit: number): Promise<number> => {
    try {
      const rows = await store.takeOutbox(limit);
      for (const row of rows) void deliver(row);
      return rows.length;
    } catch (error) {
      log.error({ error: toError(error) }, "the outbox cannot be read; trying again");
      await pause();
      return limit; // there may be some
    }
  };

  const isResting = () => inFlight === 0 && !pump.taking();
  const onRest = () => {
    if (!isResting()) return;
    for (const resolve of resting) resolve();
    resting = [];
  };
  const room = () => (closing.signal.aborted ? 0 : window - inFlight);
  const pump = createPump({ room, take, onRest });

  const deliver = async (row: OutboxRow): Promise<void> => {
    inFlight += 1;
    const sent = await transport.publish(row.publication).then(
      () => true,
      (thrown) => {
        void undelivered(row, toError(thrown)).catch((error) =>
          log.error({ error }, "the outbox cannot be written"),
        );
        return false;
      },
    );
    if (sent) {
      failures = 0;
      losses.delete(row.id);
      await forget(row);
      metrics.published(row.publication.topic.startsWith("/conversations/") ? "reply" : "forward");
    }
    inFlight -= 1;
    pump.freed();
    onRest();
  };

  /** Delivered: if the journal cannot be written just now, sending it again would be the wrong remedy. */
  const forget = async (row: OutboxRow): Promise<void> => {
    for (;;) {
      try {
        return await store.sent(row.id);
      } catch (error) {
        if (closing.signal.aborted) return; // sent again by the next start; receivers know the task_id
        log.error(
          { error: toError(error) },
          "a sent message cannot be removed from the outbox; trying again",
        );
        await pause();
      }
    }
  };

  /**
   * Each row waits for itself, four times as long each time and never as long as another. So a message that a broker closes the
   * connection for soon travels alone, and does not hold up the others for ever.
   */
  const undelivered = async (row: OutboxRow, error: Error): Promise<void> => {
    if (closing.signal.aborted) return; // the row stays for the next start
    const { topic } = row.publication;
    if (error instanceof PublishRefused) {
      log.error({ error, topic }, "a message is refused for good and kept aside");
      return store.bury(row.id, error.message);
    }
    const lost = (losses.get(row.id) ?? 0) + 1;
    losses.set(row.id, lost);
    log[lost < SUSPICIOUS ? "debug" : "warn"](
      { error, topic, lost },
      "a message was not delivered; trying again",
    );
    await clock.sleep(backoffDelay(RETRY_ROW, 2 * (lost - 1)), closing.signal);
    await store.putBack(row.id);
    pump.wake();
  };

  const pause = () => clock.sleep(backoffDelay(RETRY, failures++), closing.signal);

  return {
    /** There may be something to send. */
    wake: pump.wake,
    /** Resolves when all is sent, or after `ms`. */
    async flush(ms: number): Promise<void> {
      pump.wake();
      if (isResting()) return;
      const done = new AbortController();
      const rest = new Promise<void>((resolve) => resting.push(resolve)).then(() => done.abort());
      await Promise.race([rest, clock.sleep(ms, done.signal)]);
    },
    close(): void {
      closing.abort();
    },
  };
}
