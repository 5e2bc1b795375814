import type { RuntimeVersion } from "../runtime/types.ts";
import type { KvCacheDtype } from "./kv-dtype.ts";

/** One flag as given. */
export interface Argument {
  /** Canonical, without dashes: `max-model-len`. */
  flag: string;
  /** As it stands in the list, without its value. */
  spelled: string;
  /** Undefined for a flag without a value; `false` in text for its `--no-` form. */
  value: string | undefined;
  /** A switch that was given a value: `--enforce-eager=false`. */
  isExplicit: boolean;
  /** Where it begins in the list, and how many elements it takes. */
  index: number;
  width: number;
}

export interface ParsedArguments {
  /** In order, duplicates included. */
  all: Argument[];
  /** What counts: of duplicates the last, as vLLM's argparse does. */
  byFlag: Map<string, Argument>;
  problems: ArgumentProblem[];
}

/** What the flags are judged by; without it only their form is looked at. */
export type FlagContext = Pick<RuntimeVersion, "version" | "platform">;

export interface ArgumentProblem {
  /** `error`: vLLM refuses to start; `unknown`: it may; `warning`: it starts, not as meant. */
  severity: "error" | "unknown" | "warning";
  code: string;
  flag: string;
  text: string;
}

/** The settings that decide memory and compatibility, with vLLM's defaults where the arguments are silent. */
export interface ServingSettings {
  tensorParallel: number;
  pipelineParallel: number;
  dataParallel: number;
  /** GPUs that share out the tokens of one KV head. */
  decodeContextParallel: number;
  expertParallel: boolean;
  /** Undefined: the model's own limit. */
  maxModelLen: number | "auto" | undefined;
  gpuMemoryUtilization: number;
  /** Set: a fixed size of the KV cache, utilization is not looked at. */
  kvCacheMemoryBytes: number | undefined;
  /** In effect: the argument's, else the checkpoint's. */
  kvCacheDtype: string;
  kvCacheOrigin: KvCacheDtype["origin"];
  /** As given. */
  mambaCacheDtype: string | undefined;
  mambaSsmCacheDtype: string | undefined;
  blockSize: number;
  /** Layers with a window keep less than those without. */
  hybridCache: boolean;
  /** Long prompts are taken in parts; undefined: the release does not tell. */
  chunkedPrefill: boolean | undefined;
  maxNumSeqs: number;
  maxNumBatchedTokens: number;
  dtype: string;
  quantization: string | undefined;
  enforceEager: boolean;
  cpuOffloadGiB: number;
  loraAdapters: number;
  maxLoraRank: number;
  trustRemoteCode: boolean;
  /** What drafts tokens ahead, with the model that does; undefined: nothing does. */
  speculative: { model: string | undefined; method: string | undefined } | undefined;
  /** vLLM's environment: LONG max_model_len allowed. */
  allowLongMaxModelLen: boolean;
  /** Names of settings that an argument set; the rest are defaults. */
  given: ReadonlySet<string>;
  /** A flag is given more than once. */
  isRepeated: boolean;
  problems: ArgumentProblem[];
}
