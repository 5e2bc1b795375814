import type { GpuType } from "../gpus/types.ts";
import type { ModelFacts } from "../model/model-facts.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import { devicesOf } from "../settings/devices.ts";
import type { ServingSettings } from "../settings/types.ts";
import { activations, graphs } from "./activations.ts";
import { type KvPlan, kvPlan } from "./kv.ts";
import { overhead } from "./overhead.ts";
import { type ModelShape, modelShape } from "./shape.ts";
import type { Requirements, Term } from "./types.ts";
import { bytesText, MIB, wholeText } from "./units.ts";
import { weights } from "./weights.ts";

/** What is missing, when there is no estimate. */
export interface NoEstimate {
  missing: string;
}

/**
 * What the driver keeps of an NVIDIA GPU. Totals in vLLM's logs against nvidia-smi's: RTX 3090 23.58 GiB (430 MiB
 * less, vllm#14447), RTX 4090 23.55 (449, vllm#11550), A100-40GB 39.38 (635, vllm#16570), L40S 44.42 (582,
 * vllm#15815), H100 79.18 (479, llm-d-benchmark).
 */
const driverReserveMiB = ({ vendor, memoryMiB, id }: GpuType): number =>
  vendor === "nvidia" && !id.includes("MIG") ? Math.min(650, 350 + memoryMiB * 0.005) : 0;

/** Bytes of one GPU that a process sees as its total. */
export const usableBytes = (gpu: GpuType): number => (gpu.memoryMiB - driverReserveMiB(gpu)) * MIB;

/**
 * What one GPU needs to serve the model, and what fits. Pure: the same facts give the same numbers. `NoEstimate` when
 * neither sizes, nor a config, nor a name tell how large the weights are. `shape` is that of the config, where it is known.
 */
export function requirements(
  facts: ModelFacts,
  settings: ServingSettings,
  gpu: GpuType,
  runtime: RuntimeVersion,
  shape: ModelShape | undefined = facts.config && modelShape(facts.config),
): Requirements | NoEstimate {
  const held = weights({ facts, shape, settings, gpu, runtime });
  if (held === undefined) return { missing: "nothing tells how large the weights are" };
  const usable = usableBytes(gpu);
  const fixed = settings.kvCacheMemoryBytes;
  const budget = Math.floor(fixed === undefined ? usable * settings.gpuMemoryUtilization : usable);
  const terms = {
    weights: held.term,
    activations: activations({ shape, settings, runtime, mxfp4: facts.quantization?.scheme === "mxfp4" }),
    graphs: graphs(shape, settings, runtime, usable - budget),
    overhead: overhead({ shape, settings, gpu, runtime }),
  };
  const others = Object.values(terms).reduce((sum, { bytes }) => sum + bytes, 0);
  const kvRoom = fixed === undefined ? budget - others : Math.min(fixed, budget - others);
  const cache = cacheNumbers({ facts, settings, runtime, shape, kvRoom });
  const total = others + (fixed ?? cache.kv.bytes);
  return {
    gpus: devicesOf(settings),
    ...terms,
    ...cache,
    total,
    usable,
    budget,
    margin: fixed === undefined ? kvRoom - cache.kv.bytes : Math.min(fixed - cache.kv.bytes, budget - total),
    kvRoom,
    loadPeak: held.loadPeak,
    loadPeakUnclear: held.loadPeakUnclear,
    assumptions: [...held.assumptions, ...cache.assumptions],
  };
}

interface CacheInput {
  facts: ModelFacts;
  settings: ServingSettings;
  runtime: RuntimeVersion;
  shape: ModelShape | undefined;
  kvRoom: number;
}

type CacheNumbers = Pick<
  Requirements,
  "kv" | "contextLength" | "largestContext" | "concurrency" | "kvBytesPerToken" | "mostStates" | "assumptions"
>;

function cacheNumbers({ facts, settings, runtime, shape, kvRoom }: CacheInput): CacheNumbers {
  const asked = settings.maxModelLen;
  const limit = shape?.contextLimit ?? facts.contextLimit;
  if (shape === undefined) return guessedCache(facts, settings, kvRoom);
  const plan = kvPlan({ shape, settings, runtime });
  const ceiling = Math.max(limit ?? 0, typeof asked === "number" ? asked : 0) || 4096;
  const states = statesOf(plan, settings, kvRoom);
  const none = kvRoom < 0 || (states !== undefined && states.most < settings.maxNumSeqs);
  const largestContext = none ? 0 : plan.longest(kvRoom, ceiling);
  const wanted = typeof asked === "number" ? asked : (limit ?? 4096);
  const contextLength = asked === "auto" ? Math.max(1, Math.min(wanted, largestContext)) : wanted;
  const bytes = plan.bytes(contextLength);
  return {
    kv:
      states !== undefined && states.bytes > bytes
        ? term(states.bytes, states.formula)
        : term(bytes, plan.formula(contextLength)),
    contextLength,
    largestContext,
    concurrency: bytes === 0 ? settings.maxNumSeqs : Math.max(0, kvRoom / bytes),
    kvBytesPerToken: plan.bytesPerToken,
    mostStates: states?.most,
    assumptions:
      typeof asked === "number" || limit !== undefined
        ? []
        : ["the config tells no context length; 4,096 tokens are supposed"],
  };
}

/** A block for each of `--max-num-seqs` sequences, where recurrent layers want that, and for how many there is room. */
function statesOf(plan: KvPlan, { maxNumSeqs }: ServingSettings, kvRoom: number) {
  if (plan.stateBlock === undefined) return undefined;
  const bytes = maxNumSeqs * plan.stateBlock;
  return {
    bytes,
    most: Math.max(0, Math.floor(kvRoom / plan.stateBlock)),
    formula: `${wholeText(maxNumSeqs)} × ${bytesText(plan.stateBlock)} (a block with a state for each of ${wholeText(maxNumSeqs)} sequences) = ${bytesText(bytes)}`,
  };
}

const term = (bytes: number, formula: string): Term => ({ label: "KV cache", bytes, formula });

/** KV cache of a dense model by its size, when there is no config: Llama 3.1 8B keeps 128 KiB a token, 70B 320 KiB. */
function guessedCache(facts: ModelFacts, settings: ServingSettings, kvRoom: number): CacheNumbers {
  const parameters = facts.parametersFromName ?? facts.tensors?.parameters ?? 70e9;
  const perToken = (parameters > 40e9 ? 320 : 192) * 1024;
  const gpus = settings.tensorParallel * settings.pipelineParallel;
  const asked =
    typeof settings.maxModelLen === "number" ? settings.maxModelLen : (facts.contextLimit ?? 4096);
  const own = perToken / gpus;
  const bytes = asked * own;
  return {
    kv: term(
      bytes,
      `${wholeText(asked)} tokens × ${bytesText(own)} (guessed from the size: there is no config) = ${bytesText(bytes)}`,
    ),
    contextLength: asked,
    largestContext: Math.max(0, Math.floor(kvRoom / own / 16) * 16),
    concurrency: Math.max(0, kvRoom / bytes),
    kvBytesPerToken: own,
    assumptions: ["the KV cache is guessed from the number of parameters"],
  };
}

/** The terms in the order in which they are told. */
export const termsOf = ({ weights, kv, activations, graphs, overhead }: Requirements): Term[] => [
  weights,
  kv,
  activations,
  graphs,
  overhead,
];

export const isEstimate = (result: Requirements | NoEstimate): result is Requirements =>
  !("missing" in result);
