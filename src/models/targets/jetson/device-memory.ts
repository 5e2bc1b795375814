const MIB = 2 ** 20;

/**
 * The memory of the GPU, in bytes, that TensorRT itself has taken for an engine and its values when it runs, to a MiB: the
 * log says it after the engine is loaded and when its context is made (`[MemUsageChange] TensorRT-managed allocation in
 * IExecutionContext creation: CPU +0, GPU +80, now: CPU 0, GPU 266 (MiB)`, from TensorRT 8.4 on). CUDA's own context and the
 * libraries are not in it. Undefined for a log that does not tell.
 */
export function deviceMemoryIn(log: string): number | undefined {
  const told = log.matchAll(/TensorRT-managed allocation in [^:\n]*:.*now: CPU \d+, GPU (\d+) \(MiB\)/g);
  const most = Math.max(...Array.from(told, ([, mib]) => Number(mib)));
  return Number.isFinite(most) ? most * MIB : undefined;
}
