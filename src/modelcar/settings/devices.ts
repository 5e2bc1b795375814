import { wholeNumber } from "./read-values.ts";
import type { ParsedArguments } from "./types.ts";

/** How one model is spread over devices. */
export interface Parallel {
  tensorParallel: number;
  pipelineParallel: number;
  /** Replicas of the attention layers. */
  dataParallel: number;
}

/** Devices of one server; those that have more are rare. */
export const SERVER_DEVICES = 8;

/** Devices that a model takes. */
export const devicesOf = ({ tensorParallel, pipelineParallel, dataParallel }: Parallel): number =>
  tensorParallel * pipelineParallel * dataParallel;

/** GPUs that one expert is spread over: without expert parallelism also those of the replicas (FusedMoEParallelConfig). */
export const expertShards = ({
  expertParallel,
  tensorParallel,
  dataParallel,
}: Parallel & { expertParallel: boolean }): number => (expertParallel ? 1 : tensorParallel * dataParallel);

/**
 * The sizes as the arguments give them. Where none gives the tensor-parallel size, it is what `gpu_count` leaves for
 * one stage of one replica, as the OpenDataHub suite has it; `isImplied` then says so.
 */
export function parallelOf(
  { byFlag }: ParsedArguments,
  gpuCount: number | undefined,
): Parallel & { isImplied: boolean } {
  const size = (flag: string): number | undefined => wholeNumber(byFlag.get(flag)?.value ?? "");
  const pipelineParallel = size("pipeline-parallel-size") ?? 1;
  const dataParallel = size("data-parallel-size") ?? 1;
  const given = size("tensor-parallel-size");
  const left = Math.floor((gpuCount ?? 1) / (pipelineParallel * dataParallel));
  return {
    tensorParallel: given ?? Math.max(1, left),
    pipelineParallel,
    dataParallel,
    isImplied: given === undefined && left > 1,
  };
}
