import { backoffDelay } from "../../base/backoff.ts";
import type { Clock } from "../../base/clock.ts";
import { toError } from "../../base/errors.ts";
import type { Redact } from "../../base/redact.ts";
import type { Logger } from "../../log/logger.ts";
import type { OutboxRow, Store } from "../ports/store.ts";
import { LinkLost, PublicationTooLarge, PublishRefused } from "../ports/transport.ts";
import { insteadOf } from "./undeliverable.ts";

export interface ReturnedOptions {
  agentId: string;
  store: Store;
  redact: Redact;
  clock: Clock;
  log: Logger;
  /** No more is to be sent. */
  signal: AbortSignal;
  /** The outbox has something to send again. */
  wake(): void;
}

const BACKOFF = { firstMs: 100, maxMs: 600_000 };
/** A message that was lost this often may be what breaks the connection. */
const SUSPICIOUS = 3;
/** One that looked so this often, and always the largest of those that were lost, is. */
const CONVICTED = 5;

/** What came back from the broker's door: it is sent again after a while, or kept aside for good. */
export function createReturned({ agentId, store, redact, clock, log, signal, wake }: ReturnedOptions) {
  /** By row: how often it was sent in vain, and how often it was suspected. */
  const losses = new Map<number, { lost: number; suspected: number }>();

  const bury = async ({ id, publication }: OutboxRow, error: Error): Promise<void> => {
    log.error({ error, topic: publication.topic }, "a message is refused for good and kept aside");
    losses.delete(id);
    await store.bury(id, error.message, insteadOf(publication, error, agentId, redact));
    wake();
  };

  /**
   * Each row waits for itself, four times as long each time and never as long as another. So a message that a broker
   * closes the connection for soon travels alone, and does not hold up the others for ever.
   */
  const sendAgain = async ({ id, publication: { topic } }: OutboxRow, error: Error, lost: number) => {
    const level = lost < SUSPICIOUS ? "debug" : "warn";
    log[level]({ error, topic, lost }, "a message was not delivered; trying again");
    await clock.sleep(backoffDelay(BACKOFF, 2 * (lost - 1)), signal);
    await store.putBack(id);
    wake();
  };

  const take = async (row: OutboxRow, error: Error): Promise<void> => {
    if (signal.aborted) return; // the row stays for the next start
    if (error instanceof PublishRefused) return bury(row, error);
    const before = losses.get(row.id) ?? { lost: 0, suspected: 0 };
    const suspect = error instanceof LinkLost && error.suspect ? 1 : 0;
    const now = { lost: before.lost + 1, suspected: before.suspected + suspect };
    losses.set(row.id, now);
    if (now.suspected >= CONVICTED) return bury(row, tooLarge(row, now.suspected));
    return sendAgain(row, error, now.lost);
  };

  return {
    /** It got there after all. */
    delivered: (id: number) => losses.delete(id),
    /** Does not reject. */
    take: (row: OutboxRow, thrown: unknown): Promise<void> =>
      take(row, toError(thrown)).catch((error) =>
        log.error({ error: toError(error) }, "the outbox cannot be written"),
      ),
  };
}

const tooLarge = ({ publication: { payload } }: OutboxRow, times: number) =>
  new PublicationTooLarge(
    `the broker closed the connection ${times} times at a message of ${Buffer.byteLength(payload)} bytes`,
  );
