import { toError } from "../../base/errors.ts";
import type { Store } from "../ports/store.ts";
import type { Delivery } from "../ports/transport.ts";
import { createHeld, type Held, type HeldLimits } from "./held.ts";
import { createOutage } from "./outage.ts";
import { createReturns, type ReturnsOptions } from "./returns.ts";
import { type ScreenOptions, screen } from "./screen.ts";
import type { Workers } from "./workers.ts";

export interface IntakeOptions extends ScreenOptions, HeldLimits, Pick<ReturnsOptions, "transport"> {
  store: Store;
  /** Where one is free, a task is accepted and claimed in one step. */
  workers: Pick<Workers, "isIdle" | "begin">;
  /** Something is in the journal that nobody has begun with. */
  onAccepted(): void;
}

/**
 * What becomes of messages: they go into the journal; or wait, until it is known what becomes of them; or go back to the
 * broker, for another replica; or are left to another instance, which the broker delivers them to.
 */
type Course = "take" | "hold" | "return" | "leave";

/**
 * From the broker into the journal. A message is acknowledged only once it is in the journal (or needs no place there);
 * when the journal has no room, or enough is waiting, the broker keeps it: that is the back-pressure.
 */
export function createIntake(options: IntakeOptions) {
  const { clock, log } = options;
  const held = createHeld(options);
  const closing = new AbortController();
  const closed = Promise.withResolvers<void>();
  const returns = createReturns(options);
  let course: Course = "take";

  const next = () => (outage.reason() === undefined ? held.takeIfRoom() : undefined);
  const pump = (): void => {
    if (course === "take") for (let item = next(); item; item = next()) void write(item);
    if (course === "return") giveBack();
  };
  const giveBack = (): void => {
    for (let item = held.take(); item; item = held.take()) {
      held.written(item, false);
      returns.send(item);
    }
  };
  /** Whether the journal took it. */
  const write = async (item: Held): Promise<boolean> => {
    try {
      held.written(item, await accept(item, options, () => course === "leave"));
      pump(); // what needs no work has made room again
      return true;
    } catch (error) {
      held.notWritten(item);
      outage.begin(toError(error));
      if (course === "return") giveBack(); // that need not wait for the journal
      return false;
    } finally {
      if (closing.signal.aborted && !held.isWriting()) closed.resolve();
    }
  };
  const probe = async () => {
    const first = held.take();
    return !first || write(first);
  };
  const outage = createOutage({ clock, log, signal: closing.signal, probe, onOver: pump });

  return {
    receive(delivery: Delivery): void {
      if (closing.signal.aborted || course === "leave") return;
      returns.saw();
      const item = screen(delivery, options);
      if (item) held.add(item);
      pump();
    },
    /** How many tasks are open in the journal, whoever accepted and whoever works them. */
    recount(count: number): void {
      held.recount(count);
      pump();
    },
    /** A task is done, or gone from here: there is room for another. */
    released(): void {
      held.released();
      pump();
    },
    /** Another instance took the session over: the broker delivers to it what was not acknowledged. */
    leave(): void {
      course = "leave";
      held.drop();
    },
    /** Messages come here again. */
    resume(): void {
      if (course === "leave") course = "take";
    },
    /** What comes waits. */
    hold(): void {
      course = "hold";
    },
    /** What waits and what comes goes back to the broker, until `settle` finds that nothing comes any more. */
    returnAll(settle: () => Promise<void>): Promise<void> {
      course = "return";
      pump();
      return returns.until(settle);
    },
    /** Why no task is accepted, if so. */
    problem: outage.reason,
    held: held.size,
    /** Takes nothing more, and resolves when what is being written is. What is not in the journal stays with the broker. */
    async close(): Promise<void> {
      closing.abort();
      held.drop();
      if (held.isWriting()) await closed.promise;
    },
  };
}

/** Has the journal take it over from the broker; whether it was new, and stays. */
async function accept(item: Held, options: IntakeOptions, isLeft: () => boolean): Promise<boolean> {
  const { task, envelope, acks } = item;
  const { store, workers, metrics, log, onAccepted } = options;
  const verdict = await store.accept(task, envelope !== undefined && workers.isIdle());
  for (const ack of acks) ack();
  if (verdict === "duplicate") {
    metrics.dropped("duplicate");
    log.info({ task: task.key }, "duplicate task dropped");
    return false;
  }
  if (envelope && isLeft() && (await forget(item, options))) return false;
  if (verdict === "claimed") workers.begin({ ...task, attempt: 1, envelope });
  else onAccepted();
  return true;
}

/**
 * The acknowledgement came too late: the broker gives the task to the instance that took the session over. Does not
 * reject: what this journal cannot forget is worked here, too.
 */
async function forget({ task }: Held, { store, log }: IntakeOptions): Promise<boolean> {
  try {
    return (await store.withdraw(task.key, [])) !== undefined;
  } catch (error) {
    log.error(
      { error: toError(error), task: task.key },
      "a task may be worked twice, here and by the new instance",
    );
    return false;
  }
}
