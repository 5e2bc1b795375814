import type { Clock } from "../../base/clock.ts";
import type { Sample, Samples } from "../data/types.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { type Collector, mergeAll } from "./collector.ts";
import { readAhead } from "./read-ahead.ts";
import type { CalibrationProgress } from "./types.ts";

export interface PassWorld {
  clock: Clock;
  progress?: (progress: CalibrationProgress) => void;
  signal?: AbortSignal;
  /** Is given the checkpoint each time that it has moved on. */
  keep(checkpoint: Checkpoint): Promise<void>;
}

/** How often a pass writes down where it stands; */
const LEG_MS = 2_000;
/** where that takes long, so much less often. */
const TIMES_KEEPING = 20;

/**
 * Shares the samples from the checkpoint on out among the collectors, in legs: at the end of each nothing is running and what
 * was seen is merged into the checkpoint, which so always stands for the samples before `done`.
 */
export async function runPass(
  checkpoint: Checkpoint,
  samples: Samples,
  collectors: readonly Collector[],
  { clock, progress, signal, keep }: PassWorld,
): Promise<void> {
  let legMs = LEG_MS;
  const reading = readAhead(samples, checkpoint.done);
  try {
    while (checkpoint.done < samples.count) {
      signal?.throwIfAborted();
      const until = clock.monotonic() + legMs;
      const ran = await runLeg(reading, collectors, {
        over: () => signal?.aborted === true || clock.monotonic() >= until,
        ran: (count) => progress?.({ done: checkpoint.done + count, total: samples.count }),
      });
      for (const seen of await Promise.all(collectors.map((collector) => collector.take()))) {
        mergeAll(checkpoint.observations, seen);
      }
      checkpoint.done += ran;
      const ended = clock.monotonic();
      await keep(checkpoint);
      legMs = Math.max(LEG_MS, TIMES_KEEPING * (clock.monotonic() - ended));
    }
  } finally {
    await reading.return(undefined);
  }
}

/** Every collector takes the next sample when it has room; ends when none is left or it is over. Returns how many were run. */
async function runLeg(
  reading: AsyncGenerator<Sample>,
  collectors: readonly Collector[],
  { over, ran }: { over: () => boolean; ran: (count: number) => void },
): Promise<number> {
  let [count, failed] = [0, false];
  const lane = async (collector: Collector): Promise<void> => {
    try {
      while (!failed && !over()) {
        const { value, done } = await reading.next();
        if (done) return;
        await collector.add(value);
        ran(++count);
      }
    } catch (thrown) {
      failed = true;
      throw thrown;
    }
  };
  const lanes = collectors.flatMap((collector) =>
    Array.from({ length: collector.width }, () => lane(collector)),
  );
  const failure = (await Promise.allSettled(lanes)).find((outcome) => outcome.status === "rejected");
  if (failure) throw failure.reason;
  return count;
}
