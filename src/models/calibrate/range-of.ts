import type { TensorRange } from "../quantize/types.ts";
import { entropyThreshold } from "./entropy.ts";
import { filledBins, magnitudes, reach } from "./histogram.ts";
import { mseLimits, mseThreshold } from "./mse.ts";
import { HALF, type Observation } from "./observation.ts";
import type { RangeOptions } from "./types.ts";

/** As in TensorRT and ONNX Runtime: steps of one side, and bins of it. */
const ENTROPY_BINS = 2048;
const DEFAULT_PERCENTILE = 99.999;

/** The range that a tensor is quantized over: never wider than what was seen. Pure. */
export function rangeOf(seen: Observation, options: RangeOptions): TensorRange {
  const { lowest, highest } = seen;
  if (lowest > highest) return { min: 0, max: 0 };
  if (lowest === highest || options.method === "minmax") return { min: lowest, max: highest };
  const { min, max } = LIMITS[options.method](seen, options);
  return { min: Math.max(lowest, min), max: Math.min(highest, max) };
}

const around = (threshold: number): TensorRange => ({ min: -threshold, max: threshold });
const widest = ({ lowest, highest }: Observation): number => Math.max(Math.abs(lowest), Math.abs(highest));

const LIMITS: Readonly<
  Record<Exclude<RangeOptions["method"], "minmax">, (seen: Observation, options: RangeOptions) => TensorRange>
> = {
  entropy(seen, { symmetric }) {
    const oneSided = seen.lowest >= 0 || seen.highest <= 0;
    return around(entropyThreshold(magnitudes(seen, ENTROPY_BINS), !symmetric && oneSided ? 256 : 128));
  },
  percentile(seen, { symmetric, percentile = DEFAULT_PERCENTILE }) {
    const part = percentile / 100;
    if (symmetric) {
      const { counts, width } = magnitudes(seen);
      return around(reach(counts, part) * width);
    }
    return tails(seen, (1 - part) / 2);
  },
  mse(seen, { symmetric }) {
    const bins = filledBins(seen);
    if (symmetric) return around(mseThreshold(bins, widest(seen)));
    return mseLimits(bins, { min: seen.lowest, max: seen.highest });
  },
};

/** The same share is cut off at either end. */
function tails({ counts, exponent }: Observation, share: number): TensorRange {
  const width = 2 ** exponent / HALF;
  return {
    min: (reach(counts, share) - HALF) * width,
    max: (HALF - reach(counts.toReversed(), share)) * width,
  };
}
