import type { TensorRange } from "../quantize/types.ts";

export const METHODS = ["minmax", "entropy", "percentile", "mse"] as const;
export type Method = (typeof METHODS)[number];

/** How a range is taken from what was seen. */
export interface RangeOptions {
  method: Method;
  /** For signed integers with zero at 0; else for unsigned ones with a zero point. */
  symmetric: boolean;
  /** For percentile: how much of the values is kept, in percent; default 99.999. */
  percentile?: number;
}

/** The range of a tensor, and what it was taken from. */
export interface CalibratedRange extends TensorRange {
  /** The least and the greatest value that was seen. */
  lowest: number;
  highest: number;
  /** Channels (dimension 1 of N×C×H×W) with the same value in all samples; 0 where there are no channels. */
  deadChannels: number;
  /** How many channels there are; undefined where there are none. */
  channels?: number;
}

/** What a person should know about a tensor. */
export interface Finding {
  tensor: string;
  kind: "constant" | "dead-channels" | "infinite";
  text: string;
}

export interface Calibration {
  ranges: Map<string, CalibratedRange>;
  /** How many samples were run, in this pass and in the part of it that was kept. */
  samples: number;
  /** Of those, how many an earlier pass over the same content had run. */
  reused: number;
  findings: Finding[];
  warnings: string[];
}

export interface CalibrationProgress {
  done: number;
  total: number;
}
