import type { ModelFacts } from "../model/model-facts.ts";
import { BUILT_FOR } from "../runtime/built-for.ts";
import { compareVersions } from "../runtime/version.ts";
import { CHECKED_UP_TO } from "../settings/defaults.ts";
import { devicesOf } from "../settings/devices.ts";
import { architectureReasons } from "./architectures.ts";
import { buildReasons } from "./build.ts";
import { inOrder, type RuleContext, reason, releaseText } from "./context.ts";
import { dtypeReasons } from "./dtype.ts";
import { limitReasons } from "./limits.ts";
import { quantizationReasons } from "./quantization.ts";
import { structureReasons } from "./structure.ts";
import type { Reason } from "./types.ts";
import { VENDOR_SOURCE, vendorSupport } from "./vendor.ts";

/** Everything that speaks for or against this model on this GPU but memory: what blocks first. */
export function compatibilityReasons(context: RuleContext): Reason[] {
  return inOrder([
    ...limitReasons(context),
    ...buildReasons(context),
    ...architectureReasons(context),
    ...quantizationReasons(context),
    ...dtypeReasons(context),
    ...structureReasons(context),
    ...sliceReasons(context),
    ...linkReasons(context),
    ...vendorReasons(context),
    ...platformReasons(context),
    ...unreadReasons(context),
  ]);
}

/** Why, in the reader's own words, where there are some. */
function unreadText(facts: ModelFacts): string {
  const {
    estimatedFromName,
    parametersFromName,
    problems: [problem],
    doubts = [],
  } = facts;
  const isTold = doubts.some(({ text }) => problem?.endsWith(text));
  const why = problem === undefined || isTold ? "" : `: ${problem.replace(/\.$/, "")}`;
  if (!estimatedFromName) return `the model's config could not be read${why}`;
  return parametersFromName === undefined
    ? `the model could not be read, and its name does not tell its size${why}`
    : `the model could not be read, its size is guessed from its name${why}`;
}

/** A process sees one MIG slice only. */
function sliceReasons({ gpu, settings }: RuleContext): Reason[] {
  if (!gpu.id.includes("-MIG-") || devicesOf({ ...settings, dataParallel: 1 }) === 1) return [];
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
  if (settings.tensorParallel === 1 || gpu.interconnect !== "pcie" || gpu.vendor === "cpu") return [];
  const text = `the ${settings.tensorParallel} GPUs talk over PCIe: it works, slower than over NVLink; --pipeline-parallel-size talks less`;
  return [reason("note", "interconnect", text, "docs.vllm.ai, parallelism and scaling")];
}

function vendorReasons({ facts, gpu }: RuleContext): Reason[] {
  if (vendorSupport(facts.quantization, gpu) !== false) return [];
  const text = `${facts.quantization?.scheme} on ${gpu.name} is not in the vendor's table of supported configurations`;
  return [reason("warning", "vendor-support", text, VENDOR_SOURCE)];
}

/** A runtime image is built for one kind of accelerator. */
function platformReasons({ gpu, runtime }: RuleContext): Reason[] {
  const needed = BUILT_FOR[gpu.vendor];
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
        unreadText(facts),
      ),
    );
  reasons.push(...(facts.doubts ?? []).map(({ code, text }) => reason("unknown", code, text)));
  if (runtime.version !== undefined && compareVersions(runtime.version, CHECKED_UP_TO) > 0)
    reasons.push(
      reason(
        "warning",
        "runtime-newer",
        `${releaseText(runtime)} is newer than ${CHECKED_UP_TO}, up to which the rules and defaults here were checked`,
      ),
    );
  if (runtime.version === undefined)
    reasons.push(
      reason("note", "runtime-unknown", `${releaseText(runtime)}; rules that differ by release say so`),
    );
  return reasons;
}
