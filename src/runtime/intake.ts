import { backoffDelay } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";
import { toError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { Redact } from "../base/redact.ts";
import { type Admission, admit } from "./admission.ts";
import type { Metrics } from "./ports/metrics.ts";
import { type NewTask, type Store, StoreFull } from "./ports/store.ts";
import type { Delivery } from "./ports/transport.ts";

export interface IntakeOptions {
  agentId: string;
  store: Store;
  /** Tasks in the journal that are not done, beyond which the broker is left to keep the rest. */
  maxWaiting: number;
  /** Deliveries kept unacknowledged in memory at most; a broker without a window of its own sends more. */
  maxHeld: number;
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
  acks: (() => void)[];
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
  let open = 0;
  let failures = 0;
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
    else held.set(task.key, { task, work, acks: [delivery.ack] });
    pump();
  };

  const hasRoom = () =>
    problem === undefined && (open + writing.size < options.maxWaiting || held.size > options.maxHeld);

  const pump = (): void => {
    for (const [key, item] of held) {
      if (!hasRoom()) return;
      held.delete(key);
      writing.set(key, item);
      void write(key, item);
    }
  };

  const write = async (key: string, item: Held): Promise<void> => {
    try {
      const verdict = await store.accept(item.task);
      writing.delete(key);
      if (verdict === "new") onNew(item);
      else onDuplicate(key);
      for (const ack of item.acks) ack();
    } catch (thrown) {
      writing.delete(key);
      held.set(key, item);
      onFailure(toError(thrown));
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
    if (problem !== undefined || closing.signal.aborted) return;
    problem = error instanceof StoreFull ? error.message : `the journal failed: ${error.message}`;
    log.error({ error }, "tasks are refused until the journal can be written again; the broker keeps them");
    void clock.sleep(backoffDelay(RETRY, failures++), closing.signal).then(probe);
  };

  /** Tries with one task whether the journal takes writes again. */
  const probe = async (): Promise<void> => {
    const first = held.entries().next().value;
    problem = undefined;
    if (!first || closing.signal.aborted) return;
    const [key, item] = first;
    held.delete(key);
    writing.set(key, item);
    await write(key, item);
    if (problem !== undefined) return;
    failures = 0;
    log.info({}, "the journal takes writes again");
    pump();
  };

  return {
    receive,
    /** Tasks that an earlier process left in the journal. */
    foundOpen(count: number): void {
      open += count;
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
    },
  };
}

export type Intake = ReturnType<typeof createIntake>;
