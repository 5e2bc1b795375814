import type { Sample, Samples } from "../data/types.ts";

/** Images are decoded beside the event loop: these many, while the model runs on the one before. */
const AHEAD = 4;

/** The samples from `start` on, in their order. */
export async function* readAhead(samples: Samples, start: number): AsyncGenerator<Sample> {
  const waiting: Promise<Sample>[] = [];
  let next = start;
  try {
    while (next < samples.count || waiting.length > 0) {
      while (waiting.length < AHEAD && next < samples.count) {
        const reading = samples.read(next++);
        reading.catch(() => {}); // heard of when its turn comes
        waiting.push(reading);
      }
      yield await waiting.shift()!;
    }
  } finally {
    await Promise.allSettled(waiting);
  }
}
