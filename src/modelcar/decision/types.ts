import type { Reason } from "../compatibility/types.ts";
import type { GpuType } from "../gpus/types.ts";
import type { ModelEntry } from "../manifest/types.ts";
import type { ModelFacts } from "../model/model-facts.ts";
import type { Requirements } from "../requirements/types.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import type { ServingSettings } from "../settings/types.ts";

export type Verdict = "GO" | "NO-GO (memory)" | "NO-GO (unsupported)" | "UNKNOWN";

/** An edit of the arguments, or of what the model runs on, with what it brings. */
export interface Change {
  kind: "argument" | "remove-argument" | "model" | "hardware" | "runtime" | "cluster";
  /** `--max-model-len`; the quantization to pick; the GPU; the quota. */
  what: string;
  value: string | undefined;
  why: string;
}

export interface Placement {
  node: string;
  resource: string;
  product: string;
  /** Devices taken. */
  gpus: number;
}

/** What `decide` is asked for one model. */
export interface ModelNeed {
  entry: ModelEntry;
  /** Undefined: the model could not be read; `unread` says why. */
  facts: ModelFacts | undefined;
  unread: string | undefined;
}

export interface ModelDecision {
  name: string;
  verdict: Verdict;
  /** First the decisive. */
  reasons: Reason[];
  settings: ServingSettings;
  /** On the best GPU of the inventory; undefined when it cannot be computed. */
  requirements: Requirements | undefined;
  gpu: GpuType | undefined;
  placement: Placement | undefined;
  /** GiB per GPU; negative: missing. */
  marginGiB: number | undefined;
  /** The smallest changes that would make it a GO, best first. */
  nearest: Change[];
  /** Tensor-parallel sizes that the model's shape allows, up to 16. */
  validTensorParallel: number[];
  /** The vendor's support statement, apart from what loads. */
  vendorSupported: boolean | undefined;
}

export interface Decision {
  verdict: "GO" | "NO-GO" | "UNKNOWN";
  models: ModelDecision[];
  /** All at once on the inventory. */
  together: {
    fits: boolean;
    placed: Placement[];
    unplaced: string[];
    /** Where each runs by itself: changes with which all run at once. */
    nearest: Change[];
  };
  reasons: Reason[];
  runtime: RuntimeVersion;
}
