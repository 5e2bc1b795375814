import { ONLINE, quantizedAfterLoading } from "../quantization/online.ts";
import { type Amount, size, sum, times, told } from "./arithmetic.ts";
import { absorbedParameters, modelParts, type Part, totalParameters } from "./parameters.ts";
import { ropeTableBytes } from "./rope.ts";
import { expertPadding, gpuShare, type Share } from "./shares.ts";
import { storedTotal } from "./stored.ts";
import type { Term } from "./types.ts";
import { GIB } from "./units.ts";
import { plainBytes, type WeightsInput } from "./weights-input.ts";

/** The weights as one GPU holds them, and as all hold them together. */
export interface Weights {
  term: Term;
  /** All GPUs of one copy, bytes. */
  total: number;
  /** What one GPU must hold while it loads, when that is more. */
  loadPeak: number | undefined;
  /** The release does not tell whether that is so. */
  loadPeakUnclear?: boolean;
  assumptions: string[];
}

/** The weights of a model on one GPU, or undefined when nothing tells their size. */
export function weights(input: WeightsInput): Weights | undefined {
  const { shape, settings } = input;
  const parts = shape === undefined ? [] : modelParts(shape);
  const stored = storedTotal(input, parts);
  if (stored === undefined) return undefined;
  const share = gpuShare(parts, input);
  const online = onlineBits(input);
  const kept = online === undefined ? 1 : onlineFactor(parts, online);
  const own = spread(stored.amount, share, kept, input);
  const held = sum([own, ...besides(input, stored.amount.bytes * share.experts)]);
  const offloaded = Math.min(settings.cpuOffloadGiB * GIB, held.bytes);
  const amount = sum([held, size(-offloaded, "offloaded to the CPU")]);
  const isGuessed = parts.length === 0 && settings.tensorParallel * settings.pipelineParallel > 1;
  return {
    term: { label: "weights", bytes: amount.bytes, formula: told(amount) },
    total: stored.amount.bytes * kept,
    ...loading(input, stored.amount.bytes * share.all),
    assumptions: isGuessed
      ? [...stored.assumptions, "the weights are split evenly over the GPUs: the config does not tell more"]
      : stored.assumptions,
  };
}

const onlineBits = ({ facts, settings }: WeightsInput): number | undefined =>
  facts.quantization === undefined ? ONLINE[settings.quantization ?? ""]?.bits : undefined;

function loading(
  { facts, settings, runtime }: WeightsInput,
  bytes: number,
): Pick<Weights, "loadPeak" | "loadPeakUnclear"> {
  const isAfter =
    facts.quantization === undefined && quantizedAfterLoading(settings.quantization, runtime.version);
  return isAfter === false
    ? { loadPeak: undefined }
    : { loadPeak: bytes, loadPeakUnclear: isAfter === undefined };
}

function onlineFactor(parts: readonly Part[], bits: number): number {
  const total = totalParameters(parts);
  if (total === 0) return bits / 16;
  const linear = totalParameters(parts.filter((part) => part.linear));
  return (total - linear + (linear * bits) / 16) / total;
}

/** What of the stored weights the fullest GPU holds, as it keeps them. */
function spread(stored: Amount, share: Share, kept: number, { settings }: WeightsInput): Amount {
  const gpus = settings.tensorParallel * settings.pipelineParallel;
  const loaded =
    kept === 1
      ? stored
      : times(stored, kept, `${kept.toFixed(4)} (${settings.quantization} is applied while loading)`);
  if (gpus * settings.dataParallel === 1) return loaded;
  const words = `${share.all.toFixed(4)} (the share of the fullest of ${gpus} GPUs; an even split is ${(1 / gpus).toFixed(4)}; norms, routers and the like are on each)`;
  return times(loaded, share.all, words);
}

/** What a GPU holds beside the weights that are stored. `experts`: its bytes of them. */
function besides(input: WeightsInput, experts: number): Amount[] {
  const { shape, settings } = input;
  const padding = experts * (expertPadding(input) - 1);
  const amounts = [size(padding, "what the MXFP4 kernel pads the experts by")];
  if (shape !== undefined) {
    const gpus = settings.tensorParallel * settings.pipelineParallel;
    const absorbed = (absorbedParameters(shape) * 2) / gpus;
    amounts.push(size(absorbed, "up-projections that MLA keeps twice"));
    amounts.push(size(ropeTableBytes(shape, plainBytes(input)), "the table of rotary positions"));
  }
  return amounts;
}
