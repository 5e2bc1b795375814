import { compatibilityReasons } from "../compatibility/check.ts";
import { inOrder, type RuleContext, reason } from "../compatibility/context.ts";
import { believed, otherHardwareReasons } from "../compatibility/other-hardware.ts";
import type { Reason } from "../compatibility/types.ts";
import type { GpuType } from "../gpus/types.ts";
import type { ModelEntry } from "../manifest/types.ts";
import type { ModelFacts } from "../model/model-facts.ts";
import { isEstimate, requirements } from "../requirements/requirements.ts";
import { modelShape } from "../requirements/shape.ts";
import type { Requirements } from "../requirements/types.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import { parseArguments } from "../settings/arguments.ts";
import { withOverrides } from "../settings/overrides.ts";
import { settingsOf } from "../settings/settings.ts";
import type { ServingSettings } from "../settings/types.ts";
import { withoutGuesses } from "./guessed.ts";
import { memoryReason } from "./memory-reason.ts";
import type { Verdict } from "./types.ts";

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
export function evaluate({ entry, facts: read, gpu, runtime }: EvaluationInput): Evaluation {
  const given = parseArguments(entry.args, entry.name, runtime);
  const { facts, problems } = withOverrides(read, given);
  const shape = facts.config === undefined ? undefined : modelShape(facts.config);
  const contextLimit = shape?.contextLimit ?? facts.contextLimit;
  const { quantization } = facts;
  const own = settingsOf(given, entry.gpuCount, { runtime, gpu, contextLimit, quantization });
  const settings = problems.length === 0 ? own : { ...own, problems: [...own.problems, ...problems] };
  const context = { facts, shape, settings, gpu, runtime };
  const estimate = requirements(facts, settings, gpu, runtime, shape);
  const known = isEstimate(estimate) ? estimate : undefined;
  const other = otherHardwareReasons(gpu, known);
  const memory = isEstimate(estimate)
    ? believed(gpu, [memoryReason({ estimate, settings, shape })])
    : [reason("unknown", "memory-unknown", estimate.missing)];
  const all = [...compatibilityReasons(context), ...memory, ...other];
  const reasons = inOrder(withoutGuesses(all, facts, known));
  return {
    verdict: verdictOf(reasons),
    reasons,
    settings,
    requirements: known,
    context,
  };
}

/** What cannot run does not, whatever else is not known; what is not known never becomes a GO. */
export function verdictOf(reasons: readonly Reason[]): Verdict {
  const has = (kind: Reason["kind"]): boolean => reasons.some((one) => one.kind === kind);
  if (has("blocks")) return "NO-GO (unsupported)";
  if (has("memory")) return "NO-GO (memory)";
  return has("unknown") ? "UNKNOWN" : "GO";
}
