import type { GpuType, ModelFacts, Requirements, RuntimeVersion, ServingSettings, Term } from "../types.ts";
import { activations, graphs, overhead } from "./activations.ts";
import { kvPlan } from "./kv.ts";
import { type ModelShape, modelShape } from "./shape.ts";
import { bytesText, MIB } from "./units.ts";
import { weights } from "./weights.ts";

/** What is missing, when there is no estimate. */
export interface NoEstimate {
  missing: string;
}

/**
 * What the driver keeps of an NVIDIA GPU: `torch.cuda.mem_get_info` totals in vLLM's logs are 410 MiB (T4, RTX 4090)
 * to 870 MiB (A100-80GB) under what nvidia-smi reports.
 */
const driverReserveMiB = ({ vendor, memoryMiB, id }: GpuType): number =>
  vendor === "nvidia" && !id.includes("MIG") ? Math.min(900, 300 + memoryMiB * 0.0075) : 0;

/** Bytes of one GPU that a process sees as its total. */
export const usableBytes = (gpu: GpuType): number => (gpu.memoryMiB - driverReserveMiB(gpu)) * MIB;

/**
 * What one GPU needs to serve the model, and what fits. Pure: the same facts give the same numbers. `NoEstimate` when
 * neither sizes, nor a config, nor a name tell how large the weights are.
 */
export function requirements(
  facts: ModelFacts,
  settings: ServingSettings,
  gpu: GpuType,
  runtime: RuntimeVersion,
): Requirements | NoEstimate {
  const shape = facts.config === undefined ? undefined : modelShape(facts.config);
  const held = weights({ facts, shape, settings, gpu, runtime });
  if (held === undefined) return { missing: "nothing tells how large the weights are" };
  const usable = usableBytes(gpu);
  const fixed = settings.kvCacheMemoryBytes;
  const budget = Math.floor(fixed === undefined ? usable * settings.gpuMemoryUtilization : usable);
  const terms = {
    weights: held.term,
    activations: activations(shape, settings),
    graphs: graphs(shape, settings, runtime, usable - budget),
    overhead: overhead(shape, settings, gpu),
  };
  const others = Object.values(terms).reduce((sum, { bytes }) => sum + bytes, 0);
  const kvRoom = fixed === undefined ? budget - others : Math.min(fixed, budget - others);
  const cache = cacheNumbers({ facts, settings, runtime, shape, kvRoom });
  const total = others + (fixed ?? cache.kv.bytes);
  return {
    gpus: settings.tensorParallel * settings.pipelineParallel * settings.dataParallel,
    ...terms,
    ...cache,
    total,
    usable,
    budget,
    margin: kvRoom - cache.kv.bytes,
    kvRoom,
    loadPeak: held.loadPeak,
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
  "kv" | "contextLength" | "largestContext" | "concurrency" | "kvBytesPerToken" | "assumptions"
>;

function cacheNumbers({ facts, settings, runtime, shape, kvRoom }: CacheInput): CacheNumbers {
  const asked = settings.maxModelLen;
  const limit = shape?.contextLimit ?? facts.contextLimit;
  if (shape === undefined) return guessedCache(facts, settings, kvRoom);
  const plan = kvPlan({ shape, settings, runtime });
  const ceiling = Math.max(limit ?? 0, typeof asked === "number" ? asked : 0) || 4096;
  const largestContext = kvRoom < 0 ? 0 : plan.longest(kvRoom, ceiling);
  const wanted = typeof asked === "number" ? asked : (limit ?? 4096);
  const contextLength = asked === "auto" ? Math.max(1, Math.min(wanted, largestContext)) : wanted;
  const bytes = plan.bytes(contextLength);
  return {
    kv: term(bytes, plan.formula(contextLength)),
    contextLength,
    largestContext,
    concurrency: bytes === 0 ? settings.maxNumSeqs : Math.max(0, kvRoom / bytes),
    kvBytesPerToken: plan.bytesPerToken,
    assumptions:
      typeof asked === "number" || limit !== undefined
        ? []
        : ["the config tells no context length; 4,096 tokens are supposed"],
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
    kv: term(bytes, `${asked} tokens × ${bytesText(own)}, guessed from the size: there is no config`),
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
