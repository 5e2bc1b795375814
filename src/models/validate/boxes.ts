/** A box that was found, or is known, in an image. */
export interface Box {
  /** Corners, in pixels of the model's input. */
  x1: number;
  y1: number;
  x2: number;
  y2: number;
  /** 0 to 1; 1 for one that is known. */
  score: number;
  /** By number. */
  class: number;
}

const areaOf = ({ x1, y1, x2, y2 }: Box): number => Math.max(0, x2 - x1) * Math.max(0, y2 - y1);

/** Intersection over union, 0 to 1; of two boxes without area 0. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1);
  const height = Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (areaOf(a) + areaOf(b) - shared);
}

export interface Suppression {
  /** A box that overlaps a better one of its class by more than this is dropped. */
  overlap: number;
  /** No more than this many are kept, the best. */
  most: number;
}

/** Non-maximum suppression, class by class; the boxes that stay, best first. */
export function suppress(boxes: readonly Box[], { overlap: limit, most }: Suppression): Box[] {
  const kept: Box[] = [];
  for (const box of boxes.toSorted((a, b) => b.score - a.score)) {
    if (kept.length === most) break;
    if (kept.every((better) => better.class !== box.class || overlap(better, box) <= limit)) kept.push(box);
  }
  return kept;
}
