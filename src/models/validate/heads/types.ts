import type { Feeds } from "../../ort/types.ts";
import type { Box } from "../boxes.ts";
import type { Numbers } from "../numbers.ts";

/** What the outputs of a detector mean. */
export interface Head {
  /** As reports call it: "YOLOv8". */
  name: string;
  /** Boxes below this score are not taken for found, unless the user says otherwise. */
  confidence: number;
  /** Boxes of one class that overlap more are one; undefined where the model itself suppresses them. */
  suppress: number | undefined;
  /** All boxes with a score of `least` or more, of one sample, before suppression; in pixels of the input. */
  decode(outputs: Feeds, least: number): Box[];
  /**
   * Names of the quantities that an output mixes, such as coordinates and scores, which cannot be measured by one range;
   * and the values of each. Undefined where each output is one quantity.
   */
  parts?: (outputs: Feeds) => Part[];
}

export interface Part {
  /** The output it is taken from. */
  output: string;
  /** `output0 (boxes)` */
  name: string;
  values: Numbers;
}

/** What tells a head: the outputs as a run gave them, and the size of the image that it was given. */
export interface HeadFacts {
  outputs: readonly { name: string; dims: readonly number[]; values(): Numbers }[];
  image: { width: number; height: number };
}

/** The head, if the outputs look like it. */
export type FindHead = (facts: HeadFacts) => Head | undefined;
