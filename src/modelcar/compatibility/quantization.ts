import { quantizationFacts } from "../quantization/facts.ts";
import { ONLINE } from "../quantization/online.ts";
import type { QuantizationFacts } from "../quantization/types.ts";
import { compareVersions, isAtLeast } from "../runtime/version.ts";
import { capabilityText, hasText, type RuleContext, reason, releaseText } from "./context.ts";
import { capabilityOutcome } from "./eras.ts";
import { forcedMarlinReasons } from "./marlin.ts";
import { type Era, type QuantizationRule, ruleFor } from "./rules.ts";
import type { Reason } from "./types.ts";

/** Whether the GPU can run the model's quantization in this release. */
export function quantizationReasons(context: RuleContext): Reason[] {
  const { facts, settings } = context;
  const own = facts.quantization;
  if (own !== undefined)
    return [
      ...methodReasons(own, settings.quantization),
      ...forcedMarlinReasons(own, context),
      ...schemeReasons(own, context),
    ];
  const asked = settings.quantization;
  if (asked === undefined) return plainReasons(context);
  const scheme = ONLINE[asked]?.scheme;
  if (scheme === undefined)
    return [
      reason(
        "blocks",
        "quantization-absent",
        `--quantization=${asked} is given, but the checkpoint is not quantized, and ${asked} needs one that is`,
        "vllm/model_executor/model_loader",
      ),
    ];
  return schemeReasons(quantizationFacts(asked, scheme), context);
}

/** vLLM itself needs compute capability 7.0. */
function plainReasons({ gpu }: RuleContext): Reason[] {
  if (gpu.capability === undefined || gpu.capability >= 70) return [];
  const text = `${hasText(gpu, gpu.capability)}; vLLM needs 7.0`;
  return [reason("blocks", "gpu-too-old", text, "docs.vllm.ai, installation: GPU requirements")];
}

/** Names that one checkpoint may be loaded by. */
const SAME = [
  ["awq", "awq_marlin", "auto_awq"],
  ["gptq", "gptq_marlin", "gptq_bitblas", "auto_gptq"],
  ["compressed-tensors", "compressed_tensors"],
  ["modelopt", "modelopt_fp4", "modelopt_mxfp8", "modelopt_mixed"],
  ["auto-round", "auto_round", "inc", "intel/auto-round"],
  ["awq", "moe_wna16"],
  ["gptq", "moe_wna16"],
  ["fp8", "fbgemm_fp8"],
];

function methodReasons(own: QuantizationFacts, asked: string | undefined): Reason[] {
  if (asked === undefined || own.fromName || own.method.toLowerCase() === asked) return [];
  if (SAME.some((names) => names.includes(own.method.toLowerCase()) && names.includes(asked))) return [];
  return [
    reason(
      "blocks",
      "quantization-mismatch",
      `--quantization=${asked} does not match the checkpoint, which is ${own.method}: vLLM refuses to start`,
      "vllm/config/model.py, _verify_quantization",
    ),
  ];
}

function schemeReasons(own: QuantizationFacts, context: RuleContext): Reason[] {
  const rule = ruleFor(own.scheme);
  const name = `${own.method} (${own.scheme})`;
  if (rule === undefined)
    return [reason("unknown", "quantization-unknown", `no rule is known for the quantization ${name}`)];
  const { gpu, runtime } = context;
  const { until } = rule;
  if (until !== undefined && (runtime.version === undefined || compareVersions(runtime.version, until) > 0))
    return [droppedReason(name, until, rule.source, runtime.version)];
  const hardware =
    gpu.vendor === "nvidia" ? nvidiaReasons(rule, name, context) : otherReasons(rule, name, context);
  return [...hardware, ...pluginReasons(rule, name, context), ...mixtureReasons(own, context)];
}

const droppedReason = (name: string, until: string, source: string, version: string | undefined): Reason =>
  reason(
    version === undefined ? "unknown" : "blocks",
    "quantization-removed",
    `${name} was dropped after vLLM ${until}${version === undefined ? ", and the release of the runtime is not known" : ""}`,
    source,
  );

function nvidiaReasons(rule: QuantizationRule, name: string, { gpu, runtime }: RuleContext): Reason[] {
  const { capability } = gpu;
  if (capability === undefined)
    return [reason("unknown", "capability-unknown", `the compute capability of ${gpu.name} is not known`)];
  const has = hasText(gpu, capability);
  const outcome = capabilityOutcome(rule.eras, capability, runtime.version);
  const release = newerRelease(rule.eras, capability, runtime.version);
  if (outcome === "too-old") {
    const text = `${name} needs vLLM ${rule.eras[0]?.from} or newer; the runtime is ${runtime.version}`;
    return [{ ...reason("blocks", "quantization-release", text, rule.source), release }];
  }
  if (outcome === "no") {
    const text = `${has}; ${name} needs ${demand(rule, runtime.version)}`;
    return [{ ...reason("blocks", "quantization-capability", text, rule.source), release }];
  }
  if (outcome === "unclear")
    return [
      reason(
        "unknown",
        "quantization-version",
        `${has}; whether ${name} runs there depends on the release of vLLM, and ${releaseText(runtime)} does not decide it`,
        rule.source,
      ),
    ];
  if (rule.nativeFrom === undefined || capability >= rule.nativeFrom) return [];
  const kernel = capability >= (rule.tritonFrom ?? Number.POSITIVE_INFINITY) ? "Triton" : "Marlin";
  const text = `${has}: ${name} is multiplied in 16 bits there (weight-only, ${kernel}), which saves memory but no time`;
  return [reason("warning", "quantization-weight-only", text, rule.source)];
}

/** The first release after `version` that takes a GPU of this capability. */
const newerRelease = (
  eras: readonly Era[],
  capability: number,
  version: string | undefined,
): string | undefined =>
  eras.find(
    ({ from }) =>
      version !== undefined &&
      compareVersions(from, version) > 0 &&
      capabilityOutcome(eras, capability, from) === "yes",
  )?.from;

/** What the release asks, or the release that asks least where it is not known. */
function demand({ eras }: QuantizationRule, version: string | undefined): string {
  if (eras.length === 0) return "other hardware than NVIDIA GPUs";
  const known = eras.filter(({ from }) => version !== undefined && compareVersions(version, from) >= 0);
  const era = (known.length > 0 ? known : eras).findLast(({ minimum }) => minimum !== "unclear");
  const least = typeof era?.minimum === "number" ? era.minimum : 0;
  const most = era?.maximum;
  const range =
    most === undefined
      ? `${capabilityText(least)} or more`
      : most === least
        ? `exactly ${capabilityText(least)}`
        : `${capabilityText(least)} to ${capabilityText(most)}`;
  return version === undefined ? range : `${range} in vLLM ${version}`;
}

function otherReasons(rule: QuantizationRule, name: string, { gpu }: RuleContext): Reason[] {
  const allowed = gpu.vendor === "nvidia" ? undefined : rule.others[gpu.vendor];
  if (allowed === true) return [];
  if (allowed === false)
    return [reason("blocks", "quantization-vendor", `${name} does not run on ${gpu.name}`, rule.source)];
  const chip = gpu.vendor === "amd" ? gpu.gfx : gpu.family;
  if (allowed === undefined || chip === undefined)
    return [
      reason(
        "unknown",
        "quantization-vendor",
        `it is not known whether ${name} runs on ${gpu.name}`,
        rule.source,
      ),
    ];
  if (allowed.includes(chip)) return [];
  const text = `${name} needs one of ${allowed.join(", ")}; ${gpu.name} is ${chip}`;
  return [reason("blocks", "quantization-chip", text, rule.source)];
}

function pluginReasons(rule: QuantizationRule, name: string, { runtime }: RuleContext): Reason[] {
  if (rule.pluginFrom === undefined || isAtLeast(runtime.version, rule.pluginFrom) !== true) return [];
  const text = `${name} is a plug-in since vLLM ${rule.pluginFrom}; whether the runtime image carries it is not known`;
  return [reason("unknown", "quantization-plugin", text, rule.source)];
}

/** Experts in FP8 had no kernel below 8.9 until 0.9, in compressed-tensors until 0.10. */
function mixtureReasons(own: QuantizationFacts, { shape, gpu, runtime }: RuleContext): Reason[] {
  const applies =
    shape?.experts !== undefined &&
    own.scheme.startsWith("w8a8-fp8") &&
    gpu.capability !== undefined &&
    gpu.capability < 89;
  const since = own.method.startsWith("compressed") ? "0.10.0" : "0.9.0";
  if (!applies || isAtLeast(runtime.version, since) !== false) return [];
  const text = `experts in FP8 need compute capability 8.9 in vLLM ${runtime.version}; ${gpu.name} has less`;
  return [reason("blocks", "experts-fp8", text, "vllm#17581, vllm#18182")];
}
