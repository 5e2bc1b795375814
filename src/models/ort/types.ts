import type { Elements } from "../onnx/elements.ts";
import type { DataType, Dimension } from "../onnx/types.ts";

/** Elements in row-major order; float16 as Float16Array, bool as bytes of 0 and 1, int4 packed two a byte, low one first. */
export type ValueData = Elements | string[];

/** What a model takes or gives. */
export interface Value {
  type: DataType;
  dims: readonly number[];
  data: ValueData;
}

/** Values by the name of the input or output. */
export type Feeds = Readonly<Record<string, Value>>;

/** An input or output of a session; a dimension that is chosen at run time has its name, or undefined. */
export interface Port {
  name: string;
  type: DataType;
  /** ONNX Runtime tells [] for a scalar and for a rank that is not known. */
  dims: Dimension[];
}

export interface SessionOptions {
  /** Threads within an operator; default: one for each processor that this process may use. */
  threads?: number;
  /** How far the graph is rewritten before it runs; default: all. */
  optimization?: "disabled" | "basic" | "extended" | "all";
  /** Where to write the graph as it is run, kernels of ONNX Runtime's own domains and all. */
  optimizedModelFile?: string;
}

export interface TimedRun {
  outputs: Feeds;
  /** Milliseconds within ONNX Runtime, on the monotonic clock. */
  ms: number;
}

export interface OrtSession {
  readonly inputs: readonly Port[];
  /** Those that are tensors; maps and sequences, as scikit-learn's converters make them, are left out. */
  readonly outputs: readonly Port[];
  /**
   * Runs the model once; rejects with a ModelFileError for values that do not fit it and for what ONNX Runtime says.
   * Other callbacks of the event loop come before it, but none during it: the run itself holds this thread.
   * `wanted` names outputs; default: all.
   */
  run(feeds: Feeds, wanted?: readonly string[]): Promise<Feeds>;
  timedRun(feeds: Feeds, wanted?: readonly string[]): Promise<TimedRun>;
  /** Gives the memory back; what was read from the outputs stays. A second call does nothing. */
  close(): Promise<void>;
}

export interface Ort {
  /** Of ONNX Runtime. */
  readonly version: string;
  /**
   * Loads a model: its file, which large ones should be given as (they are mapped, not copied), or its bytes. External
   * data of a file is looked for beside it. Rejects with a ModelFileError in the words of ONNX Runtime. This thread is held
   * while it loads: some 50 ms for 1 MB of weights, seconds for a gigabyte.
   */
  session(model: Uint8Array | string, options?: SessionOptions): Promise<OrtSession>;
}
