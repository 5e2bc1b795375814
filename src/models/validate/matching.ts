import { type Box, overlap } from "./boxes.ts";

export interface Match {
  found: Box;
  /** The known box it stands for; undefined for one too many. */
  known: Box | undefined;
  /** Intersection over union of the two; 0 for none. */
  overlap: number;
}

/**
 * Gives each box that was found, best first, the known box of its class that it overlaps most and that is still free, if by
 * `least` or more: as COCO's evaluation does (cocoapi, cocoeval.py, evaluateImg).
 */
export function match(found: readonly Box[], known: readonly Box[], least: number): Match[] {
  const free = new Set(known);
  return found
    .toSorted((a, b) => b.score - a.score)
    .map((box) => {
      const best = bestOf(box, free, least);
      if (best) free.delete(best.known);
      return { found: box, known: best?.known, overlap: best?.overlap ?? 0 };
    });
}

function bestOf(box: Box, free: ReadonlySet<Box>, least: number) {
  let best: { known: Box; overlap: number } | undefined;
  for (const known of free) {
    if (known.class !== box.class) continue;
    const shared = overlap(box, known);
    if (shared >= least && (best === undefined || shared > best.overlap)) best = { known, overlap: shared };
  }
  return best;
}
