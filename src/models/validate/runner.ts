import type { Feeds, TimedRun } from "../ort/types.ts";

/** A model ready to be run somewhere: the baseline, or what was deployed. */
export interface Runner {
  /** "ONNX Runtime 1.30, float" */
  name: string;
  /** What it runs on; runs of the same machine can be compared by their time. */
  machine: string;
  /** Size of the model or engine file, with its external data. */
  bytes: number;
  /**
   * Takes all samples before the first is run: for runners to whom one by one is costly, as it goes over a network.
   * `progress` counts those that are done.
   */
  prepare?(
    samples: { count: number; read(index: number): Promise<{ feeds: Feeds }> },
    hooks: { signal?: AbortSignal | undefined; progress?: ((done: number, of: number) => void) | undefined },
  ): Promise<void>;
  /** Runs one sample. Rejects with an ExpectedError for what is wrong with the values, the model or the device. */
  run(feeds: Feeds): Promise<TimedRun>;
  /**
   * Times runs of the same values, in ms each, `warmUp` uncounted ones first: for runners to whom a run by itself is costly
   * or that time better themselves. Without it `run` is called as often.
   */
  time?(feeds: Feeds, plan: { warmUp: number; runs: number }, signal?: AbortSignal): Promise<number[]>;
  /** Of a process of its own that does nothing but load the model and run it. Undefined where it cannot be told. */
  peakMemory?(): Promise<PeakMemory | undefined>;
  /** Bytes of the device's memory that the engine has taken, as it tells itself; known after a run. */
  deviceMemory?(): number | undefined;
  /** A second call does nothing. */
  close(): Promise<void>;
}

export interface PeakMemory {
  /** Most bytes resident at any time. */
  peak: number;
  /** Resident before the model was loaded: the program and its engine. */
  floor: number;
}
