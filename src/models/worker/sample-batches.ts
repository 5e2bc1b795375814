import type { ArtefactServer } from "../artefacts/server.ts";
import { digestOf, type TensorRef, tensorsOf } from "../artefacts/tensor-ref.ts";
import type { Feeds } from "../ort/types.ts";
import type { Runner } from "../validate/runner.ts";
import type { SampleOutcome } from "./job.ts";
import type { JobHooks } from "./link.ts";

type Prepare = Parameters<NonNullable<Runner["prepare"]>>;

/** Samples that are run elsewhere, many at a time, and asked for one by one. */
export interface SampleBatches {
  /** Runs the first of these, which will be asked for in their order. */
  begin(...[samples, hooks]: Prepare): Promise<void>;
  /** What the sample gave; of the samples begun with, the next are run with it where it was not run yet. */
  outcomeOf(feeds: Feeds): Promise<SampleOutcome>;
  /** Whether this content belongs to what was run and was not asked for yet. */
  waitsFor(sha256: string): boolean;
}

/** Samples, and what they give, lie on the disk of this machine meanwhile: never much more than this of them. */
const BATCH_BYTES = 2 ** 28;

export function sampleBatches(
  artefacts: ArtefactServer,
  run: (samples: TensorRef[][], hooks: JobHooks) => Promise<SampleOutcome[]>,
  batchBytes = BATCH_BYTES,
): SampleBatches {
  /** By sample: of equal ones the outcome of each. */
  const ran = new Map<string, SampleOutcome[]>();
  let ahead: { samples: Prepare[0]; hooks: Prepare[1]; next: number } | undefined;

  /** The next samples, the outcome of the first of which tells how much room they take. */
  async function nextBatch(): Promise<void> {
    const { samples, hooks, next } = ahead!;
    const batch: TensorRef[][] = [];
    for (let bytes = 0; next + batch.length < samples.count && bytes < batchBytes; ) {
      hooks.signal?.throwIfAborted();
      const refs = await offerFeeds((await samples.read(next + batch.length)).feeds, artefacts);
      batch.push(refs);
      bytes += refs.reduce((sum, ref) => sum + ref.bytes, 0);
    }
    await runThese(batch, {
      signal: hooks.signal,
      onCount: (done) => hooks.progress?.(next + done, samples.count),
    });
    ahead!.next = next + batch.length;
  }

  async function runThese(batch: TensorRef[][], hooks: JobHooks): Promise<void> {
    for (const [i, outcome] of (await run(batch, hooks)).entries()) {
      const digest = digestOf(batch[i]!);
      ran.set(digest, [...(ran.get(digest) ?? []), outcome]);
    }
  }

  function take(digest: string): SampleOutcome | undefined {
    const [first, ...others] = ran.get(digest) ?? [];
    if (others.length > 0) ran.set(digest, others);
    else ran.delete(digest);
    return first;
  }

  return {
    async begin(samples, hooks) {
      ran.clear();
      ahead = { samples, hooks, next: 0 };
      await nextBatch();
    },
    async outcomeOf(feeds) {
      const digest = digestOf(tensorsOf(feeds).map(({ ref }) => ref));
      if (!ran.has(digest) && ran.size === 0 && ahead && ahead.next < ahead.samples.count) await nextBatch();
      const before = take(digest);
      if (before !== undefined) return before;
      await runThese([await offerFeeds(feeds, artefacts)], {});
      return take(digest)!;
    },
    waitsFor: (sha256) =>
      ran.values().some((all) => all.some(({ outputs }) => outputs.some((ref) => ref.sha256 === sha256))),
  };
}

export async function offerFeeds(feeds: Feeds, artefacts: ArtefactServer): Promise<TensorRef[]> {
  const tensors = tensorsOf(feeds);
  for (const { ref, bytes } of tensors) if (!artefacts.file(ref.sha256)) await artefacts.offerBytes(bytes);
  return tensors.map(({ ref }) => ref);
}
