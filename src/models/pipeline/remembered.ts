import type { Feeds } from "../ort/types.ts";
import type { Runner } from "../validate/runner.ts";
import type { ValidationSamples } from "../validate/validate.ts";

/** Of outputs that are kept, in bytes. What does not fit is computed again. */
const BUDGET = 2 ** 29;

/**
 * The same samples, and the same runner over them, which keeps what it gave: for comparing many models with one, which has
 * to be run once a sample. It knows a sample by the feeds that `read` has given.
 */
export function remembered(
  runner: Runner,
  samples: ValidationSamples,
  budget = BUDGET,
): { runner: Runner; samples: ValidationSamples } {
  const indices = new WeakMap<Feeds, number>();
  const kept = new Map<number, Feeds>();
  let left = budget;
  return {
    samples: {
      ...samples,
      async read(index) {
        const sample = await samples.read(index);
        indices.set(sample.feeds, index);
        return sample;
      },
    },
    runner: {
      ...runner,
      async run(feeds) {
        const index = indices.get(feeds);
        const known = index === undefined ? undefined : kept.get(index);
        if (known) return { outputs: known, ms: 0 };
        const given = await runner.run(feeds);
        const bytes = bytesOf(given.outputs);
        if (index !== undefined && bytes <= left) {
          kept.set(index, given.outputs);
          left -= bytes;
        }
        return given;
      },
    },
  };
}

/** Text is not counted by its letters: outputs of a few words. */
const bytesOf = (outputs: Feeds): number =>
  Object.values(outputs).reduce(
    (sum, { data }) => sum + (Array.isArray(data) ? data.join("").length * 2 : data.byteLength),
    0,
  );
