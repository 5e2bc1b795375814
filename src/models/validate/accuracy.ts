import { type Drop, pairedDrop } from "./paired-drop.ts";

/** Shares of labelled samples whose class was told right. */
export interface Accuracy {
  samples: number;
  baseline: Hits;
  deployed: Hits;
  /** Top-1 of the baseline less that of the deployed. */
  drop: Drop;
  /**
   * What guessing gives: one class of all, or always the most frequent label, where there are several in the samples.
   */
  chance: number;
}

export interface Hits {
  top1: number;
  /** The class is among the five best; undefined where there are no more than five classes. */
  top5: number | undefined;
}

/** Classes of one sample, best first: five, or as many as there are. */
export type Ranking = readonly number[];

export interface AccuracyTally {
  add(label: number, baseline: Ranking, deployed: Ranking): void;
  /** Undefined when nothing had a label. */
  result(): Accuracy | undefined;
}

export function tallyAccuracy(classes: number): AccuracyTally {
  const [baseline, deployed] = [tallyHits(classes), tallyHits(classes)];
  const counts = { samples: 0, lost: 0, won: 0 };
  const labels = new Map<number, number>();
  return {
    add(label, ofBaseline, ofDeployed) {
      const [b, d] = [baseline.add(label, ofBaseline), deployed.add(label, ofDeployed)];
      counts.samples++;
      labels.set(label, (labels.get(label) ?? 0) + 1);
      if (b && !d) counts.lost++;
      if (d && !b) counts.won++;
    },
    result: () =>
      counts.samples === 0
        ? undefined
        : {
            samples: counts.samples,
            baseline: baseline.result(counts.samples),
            deployed: deployed.result(counts.samples),
            drop: pairedDrop(counts),
            chance: Math.max(
              1 / classes,
              labels.size > 1 ? Math.max(...labels.values()) / counts.samples : 0,
            ),
          },
  };
}

/** As many guesses as the field allows (ILSVRC). */
export const TOP = 5;

function tallyHits(classes: number) {
  let [first, among] = [0, 0];
  return {
    add(label: number, ranking: Ranking): boolean {
      if (ranking.includes(label)) among++;
      if (ranking[0] !== label) return false;
      first++;
      return true;
    },
    result: (samples: number): Hits => ({
      top1: first / samples,
      top5: classes > TOP ? among / samples : undefined,
    }),
  };
}
