import type { Clock } from "../../src/base/clock.ts";

interface Sleeper {
  until: number;
  wake(): void;
}

/** A clock that stands still until a test turns it. */
export interface ManualClock extends Clock {
  /** Every sleep that was asked for, in ms, in order. */
  readonly sleeps: number[];
  /** Turns the clock forward, waking those whose time has come in the order of their times. */
  advance(ms: number): Promise<void>;
  /** From now on sleeps of at most `ms` pass at once, the clock moving on by as much. */
  skip(ms: number): void;
  /** Resolves once someone sleeps whose sleep passes this test: the moment to advance. */
  sleeping(wanted?: (ms: number) => boolean): Promise<void>;
}

export function manualClock(start = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start;
  let skipped = -1;
  const sleeps: number[] = [];
  const sleepers = new Set<Sleeper>();
  const watchers = new Set<() => void>();
  const asleep = (wanted: (ms: number) => boolean) => [...sleepers].some(({ until }) => wanted(until - now));

  const after: Clock["after"] = (ms, wake) => {
    const sleeper: Sleeper = {
      until: now + ms,
      wake() {
        sleepers.delete(sleeper);
        wake();
      },
    };
    sleepers.add(sleeper);
    for (const watcher of watchers) watcher();
    return () => sleepers.delete(sleeper);
  };

  const sleep: Clock["sleep"] = (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      sleeps.push(ms);
      if (ms <= skipped) {
        now += Math.max(0, ms);
        return resolve();
      }
      const done = () => {
        cancel();
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const cancel = after(ms, done);
      signal?.addEventListener("abort", done, { once: true });
    });

  return {
    now: () => now,
    monotonic: () => now,
    after,
    sleep,
    sleeps,
    skip: (ms) => {
      skipped = ms;
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        const next = [...sleepers].sort((a, b) => a.until - b.until)[0];
        if (next === undefined || next.until > end) break;
        now = Math.max(now, next.until);
        next.wake();
        // Lets whoever woke go on, and perhaps sleep again, before the clock moves further.
        await new Promise((resolve) => setImmediate(resolve));
      }
      now = end;
    },
    sleeping: (wanted = () => true) =>
      new Promise((resolve) => {
        const look = () => {
          if (!asleep(wanted)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
  };
}
