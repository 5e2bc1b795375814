import { validTensorParallel } from "../compatibility/structure.ts";
import { type Evaluation, evaluate } from "../decision/evaluate.ts";
import { spread } from "../decision/spread.ts";
import type { ModelNeed, Verdict } from "../decision/types.ts";
import { GPU_TYPES } from "../gpus/table.ts";
import type { GpuType } from "../gpus/types.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import { SERVER_DEVICES } from "../settings/devices.ts";

/** How many GPUs of one type a model takes, with its arguments as they are but for the tensor-parallel size. */
export interface MatrixCell {
  gpu: string;
  verdict: Verdict;
  /** Of a GO: the fewest GPUs of one server on which it starts. */
  gpus: number | undefined;
  /** GPUs that the numbers below are for: of a NO-GO the most on which it was tried. */
  spread: number | undefined;
  /** Bytes of each of these GPUs that it needs; undefined when that cannot be told. */
  bytes: number | undefined;
  /** Bytes of one GPU that vLLM may use. */
  budget: number | undefined;
  /** Longest context of one sequence on so many GPUs. */
  largestContext: number | undefined;
  /** The decisive reason when it is no GO. */
  reason: string | undefined;
}

export interface MatrixRow {
  model: string;
  cells: MatrixCell[];
}

/** What servers have; the rest of the table is older, smaller or stands below a desk. */
const USUAL = [
  ...["T4", "A10G", "L4", "A100-40GB", "L40S", "A100-80GB", "H100-80GB", "H200", "B200"],
  ...["MI300X", "GAUDI3"],
];

export const usualGpus = (): GpuType[] => GPU_TYPES.filter(({ id }) => USUAL.includes(id)).sort(bySize);

/** Those without a size of their own, as CPUs, are left out: nothing could be said of them. */
export const allGpus = (): GpuType[] => GPU_TYPES.filter(({ memoryMiB }) => memoryMiB > 0).sort(bySize);

const bySize = (a: GpuType, b: GpuType): number => a.memoryMiB - b.memoryMiB || (a.id < b.id ? -1 : 1);

/** Every model on every type of GPU. */
export const matrix = (
  needs: readonly ModelNeed[],
  gpus: readonly GpuType[],
  runtime: RuntimeVersion,
): MatrixRow[] =>
  needs.map((need) => ({ model: need.entry.name, cells: gpus.map((gpu) => cell(need, gpu, runtime)) }));

function cell({ entry, facts, unread }: ModelNeed, gpu: GpuType, runtime: RuntimeVersion): MatrixCell {
  const none = {
    gpu: gpu.id,
    gpus: undefined,
    spread: undefined,
    bytes: undefined,
    budget: undefined,
    largestContext: undefined,
  };
  if (facts === undefined) return { ...none, verdict: "UNKNOWN", reason: unread };
  const asWritten = evaluate({ entry, facts, gpu, runtime });
  const over = (size: number): Evaluation =>
    evaluate({ entry: spread(entry, asWritten.settings, size).entry, facts, gpu, runtime });
  let last = asWritten;
  for (const size of sizesOf(asWritten)) {
    last = size === asWritten.settings.tensorParallel ? asWritten : over(size);
    if (last.verdict === "GO") break;
  }
  const { verdict, reasons, requirements } = last;
  return {
    gpu: gpu.id,
    verdict,
    gpus: verdict === "GO" ? requirements?.gpus : undefined,
    spread: requirements?.gpus,
    bytes: requirements?.total,
    budget: requirements?.budget,
    largestContext: requirements?.largestContext,
    reason: verdict === "GO" ? undefined : reasons[0]?.text,
  };
}

/** Sizes to try, the smallest first; one that the arguments name is taken as it is. */
function sizesOf({ settings, context }: Evaluation): number[] {
  const { tensorParallel, given } = settings;
  if (given.has("tensor-parallel-size") || context.shape === undefined) return [tensorParallel];
  const valid = validTensorParallel(context, SERVER_DEVICES);
  return valid.length === 0 ? [tensorParallel] : valid;
}
