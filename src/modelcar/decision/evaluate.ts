import { compatibilityReasons } from "../compatibility/check.ts";
import { type RuleContext, reason } from "../compatibility/context.ts";
import { isEstimate, requirements } from "../requirements/requirements.ts";
import { type ModelShape, modelShape } from "../requirements/shape.ts";
import { bytesText, wholeText } from "../requirements/units.ts";
import { servingSettings } from "../settings/settings.ts";
import type {
  GpuType,
  ModelEntry,
  ModelFacts,
  Reason,
  Requirements,
  RuntimeVersion,
  ServingSettings,
  Verdict,
} from "../types.ts";

/** One model on one kind of GPU, as if nothing else ran there. */
export interface Evaluation {
  verdict: Verdict;
  /** First the decisive. */
  reasons: Reason[];
  settings: ServingSettings;
  requirements: Requirements | undefined;
  context: RuleContext;
}

export interface EvaluationInput {
  entry: ModelEntry;
  facts: ModelFacts;
  gpu: GpuType;
  runtime: RuntimeVersion;
}

/** Rules and arithmetic together: whether the model starts on enough GPUs of this type. */
export function evaluate({ entry, facts, gpu, runtime }: EvaluationInput): Evaluation {
  const shape = facts.config === undefined ? undefined : modelShape(facts.config);
  const contextLimit = shape?.contextLimit ?? facts.contextLimit;
  const settings = servingSettings(entry, { runtime, gpu, contextLimit });
  const context = { facts, shape, settings, gpu, runtime };
  const estimate = requirements(facts, settings, gpu, runtime);
  const memory = isEstimate(estimate)
    ? memoryReasons(estimate, shape)
    : [reason("unknown", "memory-unknown", estimate.missing)];
  const reasons = inOrder([...compatibilityReasons(context), ...memory]);
  return {
    verdict: verdictOf(reasons),
    reasons,
    settings,
    requirements: isEstimate(estimate) ? estimate : undefined,
    context,
  };
}

const ORDER: readonly Reason["kind"][] = ["blocks", "memory", "unknown", "warning", "note"];

/** The reasons with the decisive ones first; equal ones keep their order. */
export const inOrder = (reasons: readonly Reason[]): Reason[] =>
  [...reasons].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));

/** What cannot run does not, whatever else is not known; what is not known never becomes a GO. */
export function verdictOf(reasons: readonly Reason[]): Verdict {
  const has = (kind: Reason["kind"]): boolean => reasons.some((one) => one.kind === kind);
  if (has("blocks")) return "NO-GO (unsupported)";
  if (has("memory")) return "NO-GO (memory)";
  return has("unknown") ? "UNKNOWN" : "GO";
}

function memoryReasons(estimate: Requirements, shape: ModelShape | undefined): Reason[] {
  const { weights, usable, budget, total, margin, kv, kvRoom, largestContext, contextLength } = estimate;
  const peak = estimate.loadPeak ?? 0;
  if (peak > usable)
    return [
      reason(
        "memory",
        "memory-loading",
        `while loading, the weights take ${bytesText(peak)} of a GPU that has ${bytesText(usable)}: they are quantized only after that`,
        "docs.vllm.ai, FP8: online dynamic quantization",
      ),
    ];
  const fits = `${bytesText(total)} a GPU of ${bytesText(budget)} that vLLM may use`;
  if (margin >= 0) return [reason("note", "memory-fits", `needs ${fits}: ${bytesText(margin)} are left`)];
  if (weights.bytes > budget)
    return [
      reason(
        "memory",
        "memory-weights",
        `the weights alone take ${bytesText(weights.bytes)} of ${bytesText(budget)} that vLLM may use of a GPU`,
      ),
    ];
  if (kvRoom <= 0)
    return [
      reason(
        "memory",
        "memory-no-cache",
        `needs ${fits}: weights and activations leave no room for a KV cache`,
      ),
    ];
  const most = shape === undefined ? "" : `; the longest that fits is ${wholeText(largestContext)}`;
  return [
    reason(
      "memory",
      "memory-context",
      `one sequence of ${wholeText(contextLength)} tokens needs ${bytesText(kv.bytes)} of KV cache a GPU, and ${bytesText(kvRoom)} are left for it${most}`,
    ),
  ];
}
