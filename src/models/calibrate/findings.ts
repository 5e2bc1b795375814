import type { CalibratedRange, Finding } from "./types.ts";

/** Fewer samples rarely show what the activations can be (NVIDIA: some 500 for ImageNet). */
const FEW_SAMPLES = 100;

export function sampleWarnings(count: number): string[] {
  if (count >= FEW_SAMPLES) return [];
  return [
    `only ${count} calibration ${count === 1 ? "sample" : "samples"}: 100 to 500 that look like the data in use give ranges to rely on`,
  ];
}

/** Tensors of which a value was infinite, as in the masks of attention: they have no range. */
export const infiniteFindings = (tensors: readonly string[]): Finding[] =>
  tensors.map((tensor) => ({
    tensor,
    kind: "infinite",
    text: `tensor "${tensor}" has infinite values: what takes it stays in float`,
  }));

/** Tensors and channels that never change, which a model that is used as it was trained seldom has. */
export function findingsOf(ranges: ReadonlyMap<string, CalibratedRange>): Finding[] {
  return [...ranges].flatMap(([tensor, { lowest, highest, deadChannels, channels }]): Finding[] => {
    if (lowest === highest) {
      const text = lowest === 0 ? "is 0 for every sample (dead)" : `is ${lowest} for every sample`;
      return [{ tensor, kind: "constant", text: `tensor "${tensor}" ${text}` }];
    }
    if (deadChannels === 0) return [];
    const text = `${deadChannels} of ${channels} channels of tensor "${tensor}" have one value for every sample`;
    return [{ tensor, kind: "dead-channels", text }];
  });
}
