import type { Sample } from "../data/types.ts";
import type { Observations, Watched } from "./collector.ts";

/** What a worker is told; it answers each in its turn. */
export type ToWorker =
  | {
      kind: "open";
      model: Uint8Array;
      watched: Watched;
      histograms: boolean;
      threads: number;
      cacheDir: string;
    }
  | { kind: "add"; sample: Sample }
  | { kind: "take" }
  | { kind: "close" };

export type FromWorker =
  | { kind: "done" }
  | { kind: "taken"; observations: Observations }
  | { kind: "failed"; failure: Failure };

/** An error on its way between threads, which keeps no classes: `expected` where a person can mend it. */
export interface Failure {
  expected: boolean;
  message: string;
  where?: string;
  hint?: string;
  stack?: string;
}
