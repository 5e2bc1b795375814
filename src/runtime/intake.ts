import { backoffDelay } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";
import { toError } from "../base/errors.ts";
import type { Redact } from "../base/redact.ts";
import type { Logger } from "../log/logger.ts";
import { type Admission, admit } from "./admission.ts";
import type { Metrics } from "./ports/metrics.ts";
import { type NewTask, type Store, StoreFull } from "./ports/store.ts";
import type { Delivery } from "./ports/transport.ts";

export interface IntakeOptions {
  agentId: string;
  store: Store;
  /** Tasks in the journal that are not done, beyond which the broker is left to keep the rest. */
  maxWaiting: number;
  /**
   * Bytes of messages kept unacknowledged in memory, beyond which the journal takes them all the same: some brokers
   * send more than their window (Mosquitto 2.0.11 refills all of it on each PUBACK).
   */
  maxHeldBytes: number;
  metrics: Metrics;
  redact: Redact;
  clock: Clock;
  log: Logger;
  /** A task is in the journal. */
  onAccepted(): void;
}

interface Held {
  task: NewTask;
  /** It will be worked, and so counts against `maxWaiting` until it is done. */
  work: boolean;
  /** Of the message. */
  bytes: number;
  acks: (() => void)[];
  /** It was to be written before, and that failed: the journal may have it all the same. */
  retried: boolean;
}

const RETRY = { firstMs: 500, maxMs: 10_000 };

/**
 * From the broker into the journal. A message is acknowledged only once it is in the journal (or needs no place there);
 * when the journal has no room, or enough is waiting, the broker keeps it: that is the back-pressure.
 */
export function createIntake(options: IntakeOptions) {
  const { store, metrics, clock, log } = options;
  const held = new Map<string, Held>();
  const writing = new Map<string, Held>();
  const closing = new AbortController();
  let heldBytes = 0;
  let open = 0;
  let failures = 0;
  let probing = false;
  let problem: string | undefined;

  const receive = (delivery: Delivery): void => {
    if (closing.signal.aborted) return;
    metrics.received();
    const admission = admit(delivery, options.agentId, clock.now(), options.redact);
    if (admission.kind === "drop") {
      drop(delivery, admission);
      return;
    }
    if (admission.kind === "refuse") {
      metrics.dropped("invalid");
      log.warn({ detail: admission.detail }, "invalid task refused");
    }
    hold(admission.task, admission.kind === "task", delivery);
  };

  const drop = (delivery: Delivery, { reason, detail }: Extract<Admission, { kind: "drop" }>): void => {
    metrics.dropped(reason);
    log.warn({ reason, detail }, "message dropped");
    delivery.ack();
  };

  const hold = (task: NewTask, work: boolean, delivery: Delivery): void => {
    const known = held.get(task.key) ?? writing.get(task.key);
    // The broker delivered it again after a reconnect: the same entry answers for both.
    if (known) known.acks.push(delivery.ack);
    else
      keep(task.key, {
        task,
        work,
        bytes: delivery.payload.byteLength,
        acks: [delivery.ack],
        retried: false,
      });
    pump();
  };

  const keep = (key: string, item: Held): void => {
    held.set(key, item);
    heldBytes += item.bytes;
  };

  const take = (key: string, item: Held): void => {
    held.delete(key);
    heldBytes -= item.bytes;
    writing.set(key, item);
  };

  const hasRoom = () =>
    problem === undefined && (open + writing.size < options.maxWaiting || heldBytes > options.maxHeldBytes);

  const pump = (): void => {
    for (const [key, item] of held) {
      if (!hasRoom()) return;
      take(key, item);
      void write(key, item);
    }
  };

  /** Whether the journal took it. */
  const write = async (key: string, item: Held): Promise<boolean> => {
    try {
      const verdict = await store.accept(item.task);
      writing.delete(key);
      if (verdict === "new") onNew(item);
      else onDuplicate(key);
      for (const ack of item.acks) ack();
      pump(); // what needs no work has made room again
      return true;
    } catch (thrown) {
      writing.delete(key);
      keep(key, { ...item, retried: true });
      onFailure(toError(thrown));
      return false;
    }
  };

  const onNew = (item: Held) => {
    if (item.work) open += 1;
    options.onAccepted();
  };

  const onDuplicate = (key: string) => {
    metrics.dropped("duplicate");
    log.info({ task: key }, "duplicate task dropped");
  };

  const onFailure = (error: Error): void => {
    if (closing.signal.aborted) return;
    if (problem === undefined)
      log.error({ error }, "tasks are refused until the journal can be written again; the broker keeps them");
    problem = error instanceof StoreFull ? error.message : `the journal failed: ${error.message}`;
    if (probing) return;
    probing = true;
    void clock.sleep(backoffDelay(RETRY, failures++), closing.signal).then(probe);
  };

  /** Tries with one task whether the journal takes writes again; another failure sets the next try. */
  const probe = async (): Promise<void> => {
    probing = false;
    if (closing.signal.aborted) return;
    const [first] = held;
    if (first) {
      take(...first);
      if (!(await write(...first))) return;
    }
    problem = undefined;
    failures = 0;
    log.info({}, "the journal takes writes again");
    pump();
  };

  return {
    receive,
    /** How many tasks are open in the journal, whoever accepted and whoever works them. */
    recount(count: number): void {
      open = count;
      pump();
    },
    /** A task is done, or gone from here: there is room for another. */
    released(): void {
      open -= 1;
      pump();
    },
    /** Why no task is accepted, if so. */
    problem: () => problem,
    held: () => held.size + writing.size,
    /** Takes nothing more; what is held and not in the journal stays with the broker. */
    close(): void {
      closing.abort();
      held.clear();
      heldBytes = 0;
    },
  };
}
