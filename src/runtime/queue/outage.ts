import { type Backoff, backoffDelay } from "../../base/backoff.ts";
import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../log/logger.ts";
import { StoreFull } from "../ports/store.ts";

export interface OutageOptions {
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  /** Whether the journal takes writes again. */
  probe(): Promise<boolean>;
  onOver(): void;
}

const BACKOFF: Backoff = { firstMs: 500, maxMs: 10_000 };

/** The time in which the journal takes nothing: it is asked now and then, with one task. */
export function createOutage({ clock, log, signal, probe, onOver }: OutageOptions) {
  let reason: string | undefined;
  let probing = false;

  const wait = async (): Promise<void> => {
    probing = true;
    let failures = 0;
    do {
      await clock.sleep(backoffDelay(BACKOFF, failures++), signal);
      if (signal.aborted) return;
    } while (!(await probe()));
    probing = false;
    reason = undefined;
    log.info({}, "the journal takes writes again");
    onOver();
  };

  return {
    /** Why nothing is accepted, if so. */
    reason: () => reason,
    /** A write has failed. */
    begin(error: Error): void {
      if (signal.aborted) return;
      if (reason === undefined)
        log.error(
          { error },
          "tasks are refused until the journal can be written again; the broker keeps them",
        );
      reason = error instanceof StoreFull ? error.message : `the journal failed: ${error.message}`;
      if (!probing) void wait();
    },
  };
}
