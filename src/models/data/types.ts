import type { DataType } from "../onnx/types.ts";
import type { Feeds } from "../ort/types.ts";

/** An input of the model with all of its dimensions chosen. */
export interface InputSpec {
  name: string;
  type: DataType;
  dims: readonly number[];
}

/** What the model is given at one run. */
export interface Sample {
  feeds: Feeds;
  /** Where it comes from, for people: the file, with the index in it where it holds several. */
  file: string;
  /** The name of its class. */
  label?: string;
}

export interface Skipped {
  file: string;
  reason: string;
}

/** Samples that have been looked at and can be read, each as often as one likes. */
export interface Samples {
  readonly count: number;
  /** The names of the classes: a class is known to the model by its place here. Undefined where nothing is labelled. */
  readonly labels?: readonly string[];
  /** Images that do not decode. */
  readonly skipped: readonly Skipped[];
  /** SHA-256 over the content of the samples in their order, the inputs and the preprocessing. */
  readonly digest: string;
  /** Rejects with a DataError for a file that has changed or gone since. */
  read(index: number): Promise<Sample>;
}

/** Rows of pixels from the top, channels interleaved: 1 grey, 3 RGB, 4 RGBA. */
export interface Pixels {
  width: number;
  height: number;
  channels: 1 | 3 | 4;
  data: Uint8Array;
}
