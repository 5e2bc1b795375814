import { inOrder, reason } from "../compatibility/context.ts";
import type { Reason } from "../compatibility/types.ts";
import { servingOn } from "../inventory/serving.ts";
import type { Inventory } from "../inventory/types.ts";
import type { ModelEntry } from "../manifest/types.ts";
import type { ModelFacts } from "../model/model-facts.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import { devicesOf } from "../settings/devices.ts";
import type { ServingSettings } from "../settings/types.ts";
import { capacityReasons } from "./capacity.ts";
import { type Evaluation, evaluate, verdictOf } from "./evaluate.ts";
import { type Candidate, candidates, gpuKey, roomiest } from "./pools.ts";
import type { Verdict } from "./types.ts";

/** A model that was read, with the arguments that it is tried with. */
export interface Tried {
  entry: ModelEntry;
  facts: ModelFacts;
}

/** A model on one candidate, with all that the node and the cluster say. */
export interface Trial {
  candidate: Candidate;
  evaluation: Evaluation;
  verdict: Verdict;
  /** First the decisive. */
  reasons: Reason[];
  /** Devices that the pod asks for: what the arguments make use of, or more where `gpu_count` says so. */
  gpus: number;
}

/** On every candidate, in their order. */
export function trialsOf(tried: Tried, inventory: Inventory, open: readonly Candidate[]): Trial[] {
  const evaluated = new Map<string, Evaluation>();
  return open.map((candidate) => tryOn(candidate, tried, inventory, evaluated));
}

/** On one candidate of each kind that a pod can get, the best first: where the first is no GO, `decide` gives none. */
export const kindTrials = (tried: Tried, inventory: Inventory): Trial[] =>
  trialsOf(tried, inventory, roomiest(candidates(inventory).open)).sort(byVerdict);

/** Devices that a pod of this model asks for. */
export const devicesAsked = ({ gpuCount }: ModelEntry, settings: ServingSettings): number =>
  Math.max(devicesOf(settings), gpuCount ?? 0);

/** `evaluated` keeps what was worked out for this model by kind of GPU: nodes of a cluster are mostly alike. */
export function tryOn(
  candidate: Candidate,
  { entry, facts }: Tried,
  inventory: Inventory,
  evaluated: Map<string, Evaluation> = new Map(),
): Trial {
  const known = candidate.gpu;
  const gpu = known ?? UNKNOWN_GPU;
  const key = gpuKey(gpu);
  const evaluation =
    evaluated.get(key) ?? evaluate({ entry, facts, gpu, runtime: runtimeOn(inventory, candidate) });
  evaluated.set(key, evaluation);
  const gpus = devicesAsked(entry, evaluation.settings);
  const capacity = capacityReasons(candidate, gpus, facts, inventory);
  const own = known === undefined ? unknownGpu(candidate, evaluation) : evaluation.reasons;
  const unquoted = (entry.unquoted ?? []).map((text) => reason("blocks", "argument-type", text));
  const reasons = inOrder([...unquoted, ...own, ...capacity]);
  return { candidate, evaluation, verdict: verdictOf(reasons), reasons, gpus };
}

const runtimeOn = (inventory: Inventory, { pool }: Candidate): RuntimeVersion =>
  servingOn(inventory, pool.vendor).runtime;

/** Stands in where the product is not known, so that settings can be read; nothing is decided on it. */
const UNKNOWN_GPU = {
  id: "unknown",
  name: "unknown",
  vendor: "nvidia",
  family: "ampere",
  memoryMiB: 0,
  capability: undefined,
  gfx: undefined,
  interconnect: "unknown",
  source: "",
} as const;

function unknownGpu({ pool, node }: Candidate, { reasons }: Evaluation): Reason[] {
  const text = `the GPU "${pool.product}" of ${node.name} is not known: neither its memory nor what it can run`;
  const still = reasons.filter(({ code }) => /^(argument|tp-|context|batch|architecture|pp-)/.test(code));
  return [reason("unknown", "gpu-unknown", text), ...still];
}

const RANK: readonly Verdict[] = ["GO", "UNKNOWN", "NO-GO (memory)", "NO-GO (unsupported)"];

/** The best first: by verdict; of equal ones, for a GO the device that is just enough, else the one that lacks least. */
export function byVerdict(a: Trial, b: Trial): number {
  const rank = RANK.indexOf(a.verdict) - RANK.indexOf(b.verdict);
  if (rank !== 0) return rank;
  const [left, right] = [a, b].map(({ evaluation }) => evaluation.requirements?.margin);
  if (left === right) return 0;
  const less = (left ?? -Infinity) < (right ?? -Infinity) ? -1 : 1;
  return a.verdict === "GO" ? less : -less;
}
