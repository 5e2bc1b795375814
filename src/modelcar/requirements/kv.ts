import { counted } from "../../base/counted.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import { isAtLeast } from "../runtime/version.ts";
import type { ServingSettings } from "../settings/types.ts";
import type { Cache } from "./cache.ts";
import { type ModelShape, modelBytes } from "./shape.ts";
import { bytesText, computeBytes, wholeText } from "./units.ts";

export interface KvInput {
  shape: ModelShape;
  settings: ServingSettings;
  runtime: RuntimeVersion;
}

/** Layers that cache alike. `page` is one layer's bytes for one block on one GPU. */
interface Group {
  cache: Cache;
  layers: number;
  page: number;
  block: number;
  /** Bytes of one layer for one token, or of one state, as arithmetic. */
  each: string;
}

/** Bytes of a cached element, the value of `--kv-cache-dtype` or the model's type. */
function kvElementBytes({ shape, settings }: Pick<KvInput, "shape" | "settings">): number {
  const { kvCacheDtype } = settings;
  if (/^(fp8|int8)/.test(kvCacheDtype)) return 1;
  if (/^(nvfp4|fp4)/.test(kvCacheDtype)) return 0.5625;
  if (kvCacheDtype !== "auto") return computeBytes(kvCacheDtype, undefined);
  return modelBytes(shape, settings);
}

/** A token of the FP8 cache that FlashMLA's sparse attention uses: 512 FP8, 4 scales, 64 of rope in 16 bits. */
const FP8_DS_MLA_BYTES = 656;

function groupOf(cache: Cache, layers: number, input: KvInput): Group {
  const { settings } = input;
  const block = settings.blockSize;
  const element = kvElementBytes(input);
  if (cache.kind === "state") return stateGroup(cache, layers, input);
  if (cache.kind === "latent") {
    const own = settings.kvCacheDtype === "fp8_ds_mla" ? FP8_DS_MLA_BYTES : cache.size * element;
    const indexed = cache.indexer === 0 ? "" : `, ${cache.indexer} of them for the index`;
    const token = own + cache.indexer;
    const each = `${token} bytes (a latent of ${cache.size}${indexed}, not divided by tensor parallelism)`;
    return { cache, layers, block, page: block * token, each };
  }
  const heads = Math.max(1, Math.ceil(cache.kvHeads / settings.tensorParallel));
  const token = heads * (cache.keySize + cache.valueSize) * element;
  const each = `${counted(heads, "KV head")} a GPU × (${cache.keySize} + ${cache.valueSize}) × ${element} bytes`;
  return { cache, layers, block, page: block * token, each };
}

const CACHE_BYTES: Readonly<Record<string, number>> = { float32: 4, float16: 2, bfloat16: 2 };

/** A state is divided by tensor parallelism; what all heads of a group share, each GPU holds (mamba_utils.py). */
function stateGroup(cache: Extract<Cache, { kind: "state" }>, layers: number, input: KvInput): Group {
  const { settings, shape } = input;
  const { tensorParallel } = settings;
  const plain = CACHE_BYTES[settings.mambaCacheDtype ?? ""] ?? modelBytes(shape, settings);
  const ssm = CACHE_BYTES[settings.mambaSsmCacheDtype ?? ""] ?? cache.ssmBytes ?? plain;
  const groups = Math.max(1, (cache.groups ?? 0) / tensorParallel) * (cache.groupSize ?? 0);
  const conv = cache.conv / tensorParallel + groups;
  const page = conv * plain + (cache.ssm / tensorParallel) * ssm;
  return { cache, layers, block: 1, page, each: `${bytesText(page)} (a recurrent state)` };
}

/** Layers grouped by what they cache, each stage's share of them under pipeline parallelism. */
function groups(input: KvInput): Group[] {
  const byKind = new Map<string, { cache: Cache; layers: number }>();
  for (const cache of input.shape.caches) {
    const key = JSON.stringify(cache);
    const seen = byKind.get(key);
    if (seen === undefined) byKind.set(key, { cache, layers: 1 });
    else seen.layers++;
  }
  const stages = input.settings.pipelineParallel;
  const own = [...byKind.values()].map(({ cache, layers }) =>
    groupOf(cache, Math.ceil(layers / stages), input),
  );
  return alignBlocks(own);
}

/**
 * Where recurrent layers stand beside attention, vLLM makes the block of attention so long that its page is no smaller
 * than a state, so that both come from one pool.
 */
function alignBlocks(own: Group[]): Group[] {
  const state = Math.max(0, ...own.filter(({ cache }) => cache.kind === "state").map(({ page }) => page));
  const attention = own.filter(({ cache }) => cache.kind !== "state");
  if (state === 0 || attention.length === 0) return own;
  const widest = Math.max(...attention.map(({ page, block }) => page / block));
  const block = Math.ceil(state / widest / 16) * 16;
  const page = block * widest;
  return own.map((group) => (group.cache.kind === "state" ? { ...group, page } : { ...group, page, block }));
}

/** Blocks that one sequence of `tokens` holds in one layer of the group. */
function blocks({ cache, block }: Group, tokens: number, input: KvInput): number {
  if (cache.kind === "state") return 1;
  if (cache.kind === "cross") return Math.ceil(cache.tokens / block);
  if (cache.kind !== "sliding" || !hasHybridManager(input)) return Math.ceil(tokens / block);
  const kept = Math.min(cache.window - 1 + input.settings.maxNumBatchedTokens, tokens);
  return Math.ceil(kept / block) + 1;
}

/** Without the hybrid manager layers with a window cache every token like the others. */
const hasHybridManager = ({ settings }: KvInput): boolean => settings.hybridCache;

/** The cache of one model under its settings, on one GPU. */
export interface KvPlan {
  /** Bytes that one sequence of so many tokens takes. Grows with the tokens. */
  bytes(tokens: number): number;
  /** Bytes that one more token takes in a sequence that is long already. */
  bytesPerToken: number;
  /** The arithmetic in words. */
  formula(tokens: number): string;
  /** Most tokens of one sequence whose cache fits into `room` bytes, at most `limit`. */
  longest(room: number, limit: number): number;
  /** Bytes of one block of the pool that recurrent layers share with attention, where every sequence must have one. */
  stateBlock: number | undefined;
}

/**
 * The KV cache as vLLM counts it when it decides whether to start (vllm/v1/core/kv_cache_utils.py): groups of equally
 * many layers share one pool, the smaller groups are filled up.
 */
export function kvPlan(input: KvInput): KvPlan {
  const own = groups(input);
  const counted = countedLayers(own, input);
  const bytes = (tokens: number): number =>
    own.reduce((sum, group) => sum + counted(group) * group.page * blocks(group, tokens, input), 0);
  const growing = own.filter(({ cache }) => ["full", "chunked", "latent"].includes(cache.kind));
  return {
    bytes,
    bytesPerToken: growing.reduce((sum, { layers, page, block }) => sum + (layers * page) / block, 0),
    formula(tokens) {
      if (own.length === 0) return "0 bytes (the model keeps no KV cache)";
      const parts = own.map((group) => groupText(group, counted(group), blocks(group, tokens, input)));
      return `one sequence of ${wholeText(tokens)} tokens: ${parts.join(" + ")} = ${bytesText(bytes(tokens))}`;
    },
    longest: (room, limit) => longest(bytes, room, limit, input.settings.blockSize),
    stateBlock: stateBlock(own, input),
  };
}

/**
 * CUDA graphs of whole decoding steps need a state for each of `--max-num-seqs` sequences: vLLM refuses to start with
 * fewer blocks than that (vllm#38270, since 0.20; NVIDIA-NeMo/RL#2620, vllm-project/recipes#551).
 */
function stateBlock(own: readonly Group[], { runtime, settings }: KvInput): number | undefined {
  const states = own.find(({ cache }) => cache.kind === "state");
  if (states === undefined || settings.enforceEager || isAtLeast(runtime.version, "0.20.0") === false)
    return undefined;
  return poolLayers(own) * states.page;
}

/** Layers that share one pool: the smallest group, or the largest where they hardly differ. */
function poolLayers(own: readonly Group[]): number {
  const [fewest, most] = [Math.min(...own.map((g) => g.layers)), Math.max(...own.map((g) => g.layers))];
  return most < fewest * 1.25 ? most : fewest;
}

/** Layers that count: where groups share a pool, the smaller ones are filled up to whole multiples of its size. */
function countedLayers(own: readonly Group[], input: KvInput): (group: Group) => number {
  const page = own[0]?.page;
  const isPooled = own.length > 1 && hasHybridManager(input) && own.every((group) => group.page === page);
  if (!isPooled) return ({ layers }) => layers;
  const size = poolLayers(own);
  return ({ layers }) => Math.ceil(layers / size) * size;
}

function groupText({ cache, layers, page, block, each }: Group, counted: number, held: number): string {
  const window = cache.kind === "sliding" ? `a window of ${wholeText(cache.window)}` : undefined;
  const filled = counted === layers ? undefined : `filled up from ${layers} to whole groups`;
  const words = [window, filled].filter((one) => one !== undefined).join("; ");
  const count = `${counted} layers${words === "" ? "" : ` (${words})`}`;
  if (cache.kind !== "state") {
    const token = `a token: ${bytesText((counted * page) / block)}`;
    return `${count} × ${each} (${token}) × ${wholeText(held)} blocks × ${block} tokens`;
  }
  const padded = each.startsWith(bytesText(page))
    ? each
    : `${bytesText(page)} (a recurrent state in a page of attention)`;
  return `${count} × ${padded}`;
}

/** By bisection, since the bytes grow with the tokens; whole blocks below the limit. */
function longest(bytes: (tokens: number) => number, room: number, limit: number, block: number): number {
  if (bytes(limit) <= room) return limit;
  let [fits, fails] = [0, limit];
  while (fails - fits > 1) {
    const middle = Math.floor((fits + fails) / 2);
    if (bytes(middle) <= room) fits = middle;
    else fails = middle;
  }
  return Math.floor(fits / block) * block;
}
