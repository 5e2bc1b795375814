import type { Probe } from "./probe.ts";

export interface LayerSensitivity {
  name: string;
  opType: string;
  /**
   * 10·log₁₀(Σy² / Σ(y−ŷ)²) in dB, of the model's outputs when this layer alone is quantized; the mean share of noise
   * where there are several. The less, the more the model suffers.
   */
  sqnr: number;
}

/** What a run gives, by output. */
export type ProbeOutputs = Readonly<Record<string, { type: string; data: ArrayLike<unknown> }>>;

/** Runs the probe on a sample with this layer quantized; -1: none. */
export type RunProbe<Sample> = (sample: Sample, layer: number) => Promise<ProbeOutputs>;

/**
 * The layers by what the model loses when each is quantized alone, the most sensitive first. Takes samples × (layers + 1)
 * runs of the probe: eight samples tell the order.
 */
export async function rankLayers<Sample>(
  probe: Probe,
  samples: Iterable<Sample> | AsyncIterable<Sample>,
  run: RunProbe<Sample>,
  { progress, signal }: { progress?: (runs: number) => void; signal?: AbortSignal } = {},
): Promise<LayerSensitivity[]> {
  const sums = probe.layers.map(() => new Map<string, Energy>());
  let runs = 0;
  for await (const sample of samples) {
    const floats = await run(sample, -1);
    for (const place of probe.layers.keys()) {
      signal?.throwIfAborted();
      addEnergies(sums[place]!, floats, await run(sample, place));
      progress?.(++runs);
    }
  }
  return probe.layers
    .map((layer, place) => ({ ...layer, sqnr: decibels([...sums[place]!.values()]) }))
    .sort((a, b) => a.sqnr - b.sqnr);
}

interface Energy {
  signal: number;
  noise: number;
}

function addEnergies(sums: Map<string, Energy>, floats: ProbeOutputs, quantized: ProbeOutputs): void {
  for (const [name, { type, data }] of Object.entries(floats)) {
    if (type !== "float") continue;
    const sum = sums.get(name) ?? { signal: 0, noise: 0 };
    const other = quantized[name]!.data;
    for (let at = 0; at < data.length; at++) {
      const value = Number(data[at]);
      sum.signal += value * value;
      sum.noise += (value - Number(other[at])) ** 2;
    }
    sums.set(name, sum);
  }
}

/** Outputs count alike, whatever their size: boxes in pixels and scores below 1. */
function decibels(energies: readonly Energy[]): number {
  const shares = energies.filter(({ signal }) => signal > 0).map(({ signal, noise }) => noise / signal);
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return mean > 0 ? -10 * Math.log10(mean) : Number.POSITIVE_INFINITY;
}
