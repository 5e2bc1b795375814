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
  const waiting = waitingOutcomes();
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
    for (const [i, outcome] of (await run(batch, hooks)).entries()) waiting.add(digestOf(batch[i]!), outcome);
  }

  return {
    async begin(samples, hooks) {
      waiting.clear();
      ahead = { samples, hooks, next: 0 };
      await nextBatch();
    },
    async outcomeOf(feeds) {
      const digest = digestOf(tensorsOf(feeds).map(({ ref }) => ref));
      if (waiting.isEmpty() && ahead && ahead.next < ahead.samples.count) await nextBatch();
      const before = waiting.take(digest);
      if (before !== undefined) return before;
      await runThese([await offerFeeds(feeds, artefacts)], {});
      return waiting.take(digest)!;
    },
    waitsFor: waiting.holds,
  };
}

/** What samples gave, by their digests, until it is asked for; of equal samples the outcome of each. */
function waitingOutcomes() {
  const outcomes = new Map<string, SampleOutcome[]>();
  /** How many of them each content belongs to. */
  const content = new Map<string, number>();
  function count({ outputs }: SampleOutcome, by: 1 | -1): void {
    for (const { sha256 } of outputs) {
      const left = (content.get(sha256) ?? 0) + by;
      if (left > 0) content.set(sha256, left);
      else content.delete(sha256);
    }
  }
  return {
    isEmpty: () => outcomes.size === 0,
    holds: (sha256: string) => content.has(sha256),
    add(digest: string, outcome: SampleOutcome) {
      outcomes.set(digest, [...(outcomes.get(digest) ?? []), outcome]);
      count(outcome, 1);
    },
    take(digest: string): SampleOutcome | undefined {
      const [first, ...others] = outcomes.get(digest) ?? [];
      if (others.length > 0) outcomes.set(digest, others);
      else outcomes.delete(digest);
      if (first) count(first, -1);
      return first;
    },
    clear() {
      outcomes.clear();
      content.clear();
    },
  };
}

export async function offerFeeds(feeds: Feeds, artefacts: ArtefactServer): Promise<TensorRef[]> {
  const tensors = tensorsOf(feeds);
  for (const { ref, bytes } of tensors) if (!artefacts.file(ref.sha256)) await artefacts.offerBytes(bytes);
  return tensors.map(({ ref }) => ref);
}
