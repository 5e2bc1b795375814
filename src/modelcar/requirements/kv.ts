import { isAtLeast } from "../runtime/version.ts";
import type { RuntimeVersion, ServingSettings } from "../types.ts";
import type { Cache, ModelShape } from "./shape.ts";
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
  text: string;
}

/** Bytes of a cached element, the value of `--kv-cache-dtype` or the model's type. */
export function kvElementBytes({ shape, settings }: Pick<KvInput, "shape" | "settings">): number {
  const { kvCacheDtype } = settings;
  if (/^(fp8|int8)/.test(kvCacheDtype)) return 1;
  if (/^(nvfp4|fp4)/.test(kvCacheDtype)) return 0.5625;
  if (kvCacheDtype !== "auto") return computeBytes(kvCacheDtype, undefined);
  return computeBytes(settings.dtype, shape.config.torch_dtype ?? shape.config.dtype);
}

/** A token of the FP8 cache that FlashMLA's sparse attention uses: 512 FP8, 4 scales, 64 of rope in 16 bits. */
const FP8_DS_MLA_BYTES = 656;

function groupOf(cache: Cache, layers: number, input: KvInput): Group {
  const { settings } = input;
  const block = settings.blockSize;
  const element = kvElementBytes(input);
  if (cache.kind === "state") return stateGroup(cache, layers, input);
  if (cache.kind === "latent") {
    const token =
      (settings.kvCacheDtype === "fp8_ds_mla" ? FP8_DS_MLA_BYTES : cache.size * element) + cache.indexer;
    return {
      cache,
      layers,
      block,
      page: block * token,
      text: `${layers} layers × one latent of ${cache.size} (not divided by tensor parallelism) = ${token} bytes a token a layer`,
    };
  }
  const heads = Math.max(1, Math.ceil(cache.kvHeads / settings.tensorParallel));
  const token = heads * (cache.keySize + cache.valueSize) * element;
  const text = `${layers} layers × ${heads} KV ${heads === 1 ? "head" : "heads"} a GPU × (${cache.keySize} + ${cache.valueSize}) × ${element} bytes = ${bytesText(layers * token)} a token`;
  return { cache, layers, block, page: block * token, text };
}

function stateGroup(cache: Extract<Cache, { kind: "state" }>, layers: number, input: KvInput): Group {
  const { settings, shape } = input;
  const plain = computeBytes(settings.dtype, shape.config.torch_dtype ?? shape.config.dtype);
  const page =
    (cache.conv * plain + cache.ssm * (cache.ssmBytes ?? plain)) / Math.max(1, settings.tensorParallel);
  return {
    cache,
    layers,
    block: 1,
    page,
    text: `${layers} recurrent layers × a state of ${bytesText(page)} a sequence`,
  };
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

/** Without the hybrid manager (before 0.10, or switched off) layers with a window cache every token like the others. */
const hasHybridManager = ({ runtime, settings }: KvInput): boolean =>
  isAtLeast(runtime.version, "0.10.0") !== false && !settings.given.has("disable-hybrid-kv-cache-manager");

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
}

/**
 * The KV cache as vLLM counts it when it decides whether to start (vllm/v1/core/kv_cache_utils.py): groups of equally
 * many layers share one pool, the smaller groups are filled up.
 */
export function kvPlan(input: KvInput): KvPlan {
  const own = groups(input);
  const bytes = (tokens: number): number => pooledBytes(own, tokens, input);
  const growing = own.filter(({ cache }) => ["full", "chunked", "latent"].includes(cache.kind));
  return {
    bytes,
    bytesPerToken: growing.reduce((sum, { layers, page, block }) => sum + (layers * page) / block, 0),
    formula: (tokens) => formula(own, tokens, input, bytes(tokens)),
    longest: (room, limit) => longest(bytes, room, limit, input.settings.blockSize),
  };
}

function pooledBytes(own: readonly Group[], tokens: number, input: KvInput): number {
  if (own.length === 0) return 0;
  const { page } = own[0]!;
  if (own.length === 1 || !hasHybridManager(input) || own.some((group) => group.page !== page))
    return own.reduce((sum, group) => sum + group.layers * group.page * blocks(group, tokens, input), 0);
  const [fewest, most] = [Math.min(...own.map((g) => g.layers)), Math.max(...own.map((g) => g.layers))];
  const size = most < fewest * 1.25 ? most : fewest;
  const held = own.reduce(
    (sum, group) => sum + Math.ceil(group.layers / size) * blocks(group, tokens, input),
    0,
  );
  return size * page * held;
}

function formula(own: readonly Group[], tokens: number, input: KvInput, bytes: number): string {
  if (own.length === 0) return "the model keeps no KV cache";
  const text = own.map((group) => {
    const window = group.cache.kind === "sliding" ? ` in a window of ${wholeText(group.cache.window)}` : "";
    const count = wholeText(blocks(group, tokens, input));
    return `${group.text}${window}, ${count} ${group.cache.kind === "state" ? "state" : `blocks of ${group.block}`}`;
  });
  return `one sequence of ${wholeText(tokens)} tokens: ${text.join("; ")} = ${bytesText(bytes)}`;
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
