import type { QuantizationFacts } from "../quantization/types.ts";
import { isAtLeast } from "../runtime/version.ts";
import { capabilityText, type RuleContext, reason, releaseText } from "./context.ts";
import { capabilityOutcome, type Outcome } from "./eras.ts";
import type { Era } from "./rules.ts";
import type { Reason } from "./types.ts";

/**
 * What Marlin asks of the compute capability (marlin_utils.py, query_marlin_supported_quant_types): 8.0 in 0.13.0, 7.5
 * in 0.14.0.
 */
const CAPABILITY: readonly Era[] = [
  { from: "0.4.0", minimum: 80 },
  { from: "0.13.1", minimum: "unclear" },
  { from: "0.14.0", minimum: 75 },
];

const SOURCE =
  "vllm/model_executor/layers/quantization, is_awq_marlin_compatible, is_gptq_marlin_compatible and get_min_capability";

/**
 * `--quantization=awq_marlin` or `gptq_marlin` where Marlin cannot run: the checkpoint is then not taken for one, and the
 * names do not match (vllm/config/model.py, _verify_quantization).
 */
export function forcedMarlinReasons(own: QuantizationFacts, context: RuleContext): Reason[] {
  const { gpu, runtime, settings } = context;
  const asked = settings.quantization;
  if ((asked !== "awq_marlin" && asked !== "gptq_marlin") || own.fromName) return [];
  const outcome = marlinOutcome(asked, context);
  if (outcome === "yes") return [];
  const has =
    gpu.capability === undefined
      ? gpu.name
      : `${gpu.name} with compute capability ${capabilityText(gpu.capability)}`;
  const plain = asked.replace("_marlin", "");
  const text =
    outcome === "no"
      ? `--quantization=${asked}: Marlin does not run on ${has} in ${releaseText(runtime)}, which refuses to start; --quantization=${plain} does not ask for it`
      : `--quantization=${asked}: whether Marlin runs on ${has} in ${releaseText(runtime)} is not known; --quantization=${plain} does not ask for it`;
  return [reason(outcome === "no" ? "blocks" : "unknown", "quantization-marlin", text, SOURCE)];
}

function marlinOutcome(asked: "awq_marlin" | "gptq_marlin", { gpu, runtime }: RuleContext): Outcome {
  const { version } = runtime;
  if (gpu.vendor === "amd") return rocmOutcome(asked, version);
  if (gpu.vendor !== "nvidia" || gpu.capability === undefined) return "yes";
  // Since 0.22.1 the name stands for GPTQ with any kernel (auto_gptq.py); 0.20.0 still asked for Marlin's.
  if (asked === "gptq_marlin" && isAtLeast(version, "0.22.1") === true) return "yes";
  const outcome = capabilityOutcome(CAPABILITY, gpu.capability, version);
  if (outcome !== "no" || asked === "awq_marlin" || version === undefined)
    return outcome === "too-old" ? "no" : outcome;
  return isAtLeast(version, "0.20.1") === true ? "unclear" : "no";
}

/** CUDA only: awq_marlin up to 0.18 (0.19.1 takes both), gptq_marlin up to 0.20 (0.22.1 takes both). */
function rocmOutcome(asked: "awq_marlin" | "gptq_marlin", version: string | undefined): Outcome {
  const [refuses, takes] = asked === "awq_marlin" ? ["0.18.1", "0.19.1"] : ["0.20.1", "0.22.1"];
  if (isAtLeast(version, takes) === true) return "yes";
  return isAtLeast(version, refuses) === false ? "no" : "unclear";
}
