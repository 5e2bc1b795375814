import type { Reason } from "../types.ts";
import { architectureReasons } from "./architectures.ts";
import { type RuleContext, reason, releaseText } from "./context.ts";
import { dtypeReasons } from "./dtype.ts";
import { limitReasons } from "./limits.ts";
import { quantizationReasons } from "./quantization.ts";
import { structureReasons } from "./structure.ts";
import { VENDOR_SOURCE, vendorSupport } from "./vendor.ts";

/** Everything that speaks for or against this model on this GPU but memory: what blocks first. */
export function compatibilityReasons(context: RuleContext): Reason[] {
  return [
    ...limitReasons(context),
    ...architectureReasons(context),
    ...quantizationReasons(context),
    ...dtypeReasons(context),
    ...structureReasons(context),
    ...sliceReasons(context),
    ...linkReasons(context),
    ...vendorReasons(context),
    ...platformReasons(context),
    ...unreadReasons(context),
  ].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

const ORDER: readonly Reason["kind"][] = ["blocks", "memory", "unknown", "warning", "note"];

/** A process sees one MIG slice only. */
function sliceReasons({ gpu, settings }: RuleContext): Reason[] {
  if (!gpu.id.includes("-MIG-") || settings.tensorParallel * settings.pipelineParallel === 1) return [];
  return [
    reason(
      "blocks",
      "mig-parallel",
      "a model cannot be spread over MIG slices: a CUDA process sees one of them",
      "docs.nvidia.com, MIG User Guide, application considerations",
    ),
  ];
}

/** Tensor parallelism talks after every layer; over PCIe that costs speed, not memory. */
function linkReasons({ gpu, settings }: RuleContext): Reason[] {
  if (settings.tensorParallel === 1 || gpu.interconnect !== "pcie") return [];
  const text = `the ${settings.tensorParallel} GPUs talk over PCIe: it works, slower than over NVLink; --pipeline-parallel-size talks less`;
  return [reason("note", "interconnect", text, "docs.vllm.ai, parallelism and scaling")];
}

function vendorReasons({ facts, gpu }: RuleContext): Reason[] {
  if (vendorSupport(facts.quantization, gpu) !== false) return [];
  const text = `${facts.quantization?.scheme} on ${gpu.name} is not in the vendor's table of supported configurations`;
  return [reason("warning", "vendor-support", text, VENDOR_SOURCE)];
}

const PLATFORMS: Readonly<Record<string, string>> = {
  nvidia: "cuda",
  amd: "rocm",
  gaudi: "gaudi",
  intel: "xpu",
  spyre: "spyre",
  tpu: "tpu",
};

/** A runtime image is built for one kind of accelerator. */
function platformReasons({ gpu, runtime }: RuleContext): Reason[] {
  const needed = PLATFORMS[gpu.vendor];
  if (runtime.platform === undefined || runtime.platform === needed) return [];
  const text = `the runtime image is built for ${runtime.platform}; ${gpu.name} needs one for ${needed}`;
  return [reason("blocks", "runtime-platform", text)];
}

function unreadReasons({ facts, shape, runtime }: RuleContext): Reason[] {
  const reasons: Reason[] = [];
  if (facts.config !== undefined && shape === undefined)
    reasons.push(
      reason("unknown", "shape-unknown", "the config does not tell the shape of the model's layers"),
    );
  if (facts.config === undefined)
    reasons.push(
      reason(
        "unknown",
        facts.estimatedFromName ? "estimated-from-name" : "config-missing",
        facts.estimatedFromName
          ? "the model could not be read; its size is guessed from its name"
          : "the model's config could not be read",
      ),
    );
  if (facts.inconsistent)
    reasons.push(
      reason(
        "unknown",
        "config-contradicted",
        "the tensors have other shapes than the config says; no number of it can be trusted",
      ),
    );
  if (runtime.version === undefined)
    reasons.push(
      reason("note", "runtime-unknown", `${releaseText(runtime)}; rules that differ by release say so`),
    );
  return reasons;
}
