import type { Box } from "./boxes.ts";
import { match } from "./matching.ts";

/** One image: what a model found, and what is known to be there. */
export interface Detected {
  found: readonly Box[];
  known: readonly Box[];
}

export interface MeanAveragePrecision {
  /** At an overlap of 0.5. */
  map50: number;
  /** The mean over overlaps of 0.5, 0.55 … 0.95. */
  map: number;
}

/** cocoapi, cocoeval.py, Params: iouThrs, and recThrs: 101 recalls from 0 to 1. */
const OVERLAPS = Array.from({ length: 10 }, (_, i) => 0.5 + i * 0.05);
const RECALLS = Array.from({ length: 101 }, (_, i) => i / 100);

/**
 * Mean average precision as COCO defines it: over the classes of which some are known. Undefined when none are known at
 * all. Boxes without a score above chance belong into `found`: they are what recall is made of.
 */
export function meanAveragePrecision(images: readonly Detected[]): MeanAveragePrecision | undefined {
  const classes = new Set(images.flatMap(({ known }) => known.map((box) => box.class)));
  if (classes.size === 0) return undefined;
  const byOverlap = OVERLAPS.map(() => 0);
  for (const wanted of classes) {
    const ofClass = images.map(({ found, known }) => ({
      found: found.filter((box) => box.class === wanted),
      known: known.filter((box) => box.class === wanted),
    }));
    for (const [i, least] of OVERLAPS.entries()) byOverlap[i]! += averagePrecision(ofClass, least);
  }
  const means = byOverlap.map((sum) => sum / classes.size);
  return { map50: means[0]!, map: means.reduce((sum, mean) => sum + mean, 0) / means.length };
}

/** Of boxes of one class: the mean, over 101 recalls, of the best precision at that recall or a greater one. */
export function averagePrecision(images: readonly Detected[], least: number): number {
  const total = images.reduce((sum, { known }) => sum + known.length, 0);
  if (total === 0) return 0;
  const ranked = images
    .flatMap(({ found, known }) => match(found, known, least))
    .sort((a, b) => b.found.score - a.found.score);
  const { recalls, precisions } = curveOf(
    ranked.map(({ known }) => known !== undefined),
    total,
  );
  let [sum, at] = [0, 0];
  for (const recall of RECALLS) {
    while (at < recalls.length && recalls[at]! < recall) at++;
    sum += precisions[at] ?? 0;
  }
  return sum / RECALLS.length;
}

/** Recall and precision after each box, the precision raised to the best that follows. */
function curveOf(hits: readonly boolean[], total: number) {
  let right = 0;
  const recalls: number[] = [];
  const precisions: number[] = [];
  for (const [i, hit] of hits.entries()) {
    if (hit) right++;
    recalls.push(right / total);
    precisions.push(right / (i + 1));
  }
  for (let i = precisions.length - 2; i >= 0; i--)
    precisions[i] = Math.max(precisions[i]!, precisions[i + 1]!);
  return { recalls, precisions };
}
