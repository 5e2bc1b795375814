import type { HeadFacts } from "./types.ts";

/** Strides of the feature maps that YOLO models predict on: three of them, or four ("P6" models). */
const STRIDES = [
  [8, 16, 32],
  [8, 16, 32, 64],
] as const;

/** Cells of all feature maps together, for each set of strides; 8400 for 640×640. */
export const cellCounts = ({ width, height }: HeadFacts["image"]): number[] =>
  STRIDES.map((strides) =>
    strides.reduce((sum, stride) => sum + Math.ceil(width / stride) * Math.ceil(height / stride), 0),
  );
