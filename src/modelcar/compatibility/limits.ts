import { usableBytes } from "../requirements/requirements.ts";
import { bytesText, GIB, wholeText } from "../requirements/units.ts";
import { isAtLeast } from "../runtime/version.ts";
import { type RuleContext, reason, releaseText } from "./context.ts";
import type { Reason } from "./types.ts";

/** Arguments against the model's limits and against one another. */
export function limitReasons(context: RuleContext): Reason[] {
  const { settings } = context;
  return [
    ...settings.problems.map(argumentReason),
    ...lengthReasons(context),
    ...batchReasons(context),
    ...partsReasons(context),
    ...utilizationReasons(context),
    ...speculativeReasons(context),
  ];
}

const KINDS = { error: "blocks", unknown: "unknown", warning: "warning" } as const;

const argumentReason = ({ severity, code, text }: RuleContext["settings"]["problems"][number]): Reason =>
  reason(KINDS[severity], code, text);

function lengthReasons({ shape, facts, settings }: RuleContext): Reason[] {
  const limit = shape?.contextLimit ?? facts.contextLimit;
  const asked = settings.maxModelLen;
  if (typeof asked !== "number" || limit === undefined || asked <= limit) return [];
  const text = `--max-model-len=${asked} is above the ${wholeText(limit)} tokens that the model was made for`;
  const source = "vllm/config/model.py, _get_and_verify_max_len";
  if (settings.allowLongMaxModelLen)
    return [reason("warning", "context-limit", `${text}; the environment overrides the limit`, source)];
  return [reason("blocks", "context-limit", `${text}: vLLM refuses to start`, source)];
}

function batchReasons({ settings }: RuleContext): Reason[] {
  const { given, maxNumBatchedTokens, maxNumSeqs } = settings;
  const both = given.has("max-num-batched-tokens") && given.has("max-num-seqs");
  if (!both || maxNumBatchedTokens >= maxNumSeqs) return [];
  const text = `--max-num-batched-tokens=${maxNumBatchedTokens} is below --max-num-seqs=${maxNumSeqs}: vLLM refuses to start`;
  return [reason("blocks", "batch-size", text, "vllm/config/scheduler.py")];
}

/** A prompt that is not taken in parts must fit into one step. */
function partsReasons({ shape, facts, settings, runtime }: RuleContext): Reason[] {
  const { given, maxNumBatchedTokens, maxModelLen, chunkedPrefill } = settings;
  const length = typeof maxModelLen === "number" ? maxModelLen : (shape?.contextLimit ?? facts.contextLimit);
  if (chunkedPrefill === true || !given.has("max-num-batched-tokens") || length === undefined) return [];
  if (maxNumBatchedTokens >= length) return [];
  const text = `--max-num-batched-tokens=${maxNumBatchedTokens} is below the context of ${wholeText(length)} tokens, and without chunked prefill a prompt must fit into one step`;
  const source =
    "vllm/config/scheduler.py, verify_max_model_len; vllm/engine/arg_utils.py, _set_default_args";
  return chunkedPrefill === false
    ? [reason("blocks", "batch-parts", `${text}: vLLM refuses to start`, source)]
    : [
        reason(
          "unknown",
          "batch-parts",
          `${text}; whether ${releaseText(runtime)} heeds that is not known`,
          source,
        ),
      ];
}

/** What the CUDA context takes before vLLM looks at the free memory: at least, and in cases that are not rare. */
const CONTEXT_LEAST = 0.14 * GIB;
const CONTEXT_MOST = 0.4 * GIB;

/** Since 0.9.1 vLLM does not start when less is free than it may use, and the CUDA context is taken by then. */
function utilizationReasons({ settings, gpu, runtime }: RuleContext): Reason[] {
  if (gpu.vendor !== "nvidia" || gpu.memoryMiB === 0 || settings.kvCacheMemoryBytes !== undefined) return [];
  const outside = usableBytes(gpu) * (1 - settings.gpuMemoryUtilization);
  if (outside >= CONTEXT_MOST) return [];
  const text = `--gpu-memory-utilization=${settings.gpuMemoryUtilization} leaves ${bytesText(outside)} of ${gpu.name} outside: the CUDA context takes`;
  const source = "vllm#20305; vllm/v1/worker/utils.py, request_memory";
  const never = outside < CONTEXT_LEAST && isAtLeast(runtime.version, "0.9.1") !== false;
  return [
    never
      ? reason("blocks", "utilization-free", `${text} more than that, so that vLLM refuses to start`, source)
      : reason("unknown", "utilization-free", `${text} 0.14 to 0.4 GiB, with which it may not start`, source),
  ];
}

/** A draft model takes memory of its own, which is not in the estimate. */
function speculativeReasons({ settings }: RuleContext): Reason[] {
  const draft = settings.speculative?.model;
  if (draft === undefined || ["ngram", "[ngram]"].includes(draft)) return [];
  const text = `the draft model ${draft} takes memory that is not in the estimate`;
  return [reason("unknown", "speculative-memory", text)];
}
