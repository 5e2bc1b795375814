import type { QuantizationFacts } from "../quantization/types.ts";
import type { ServingSettings } from "../settings/types.ts";
import { type Amount, size, sum } from "./arithmetic.ts";
import { type Part, predictionParameters } from "./parameters.ts";
import type { ModelShape } from "./shape.ts";
import { storedBits } from "./stored-bits.ts";
import { countText } from "./units.ts";
import { bytesOf, plainBytes, type WeightsInput } from "./weights-input.ts";

/** All weights once loaded, over all GPUs. */
export interface Stored {
  amount: Amount;
  assumptions: string[];
}

/** By the headers of the tensors, else by the config, else by the name; undefined: nothing tells. */
export const storedTotal = (input: WeightsInput, parts: readonly Part[]): Stored | undefined =>
  readTotal(input) ?? shapeTotal(input, parts) ?? namedTotal(input);

const READ_FROM = {
  headers: "the safetensors headers",
  index: "the safetensors index",
  files: "the sizes of the weight files",
  gguf: "the GGUF header",
};

function readTotal({ facts, shape, settings }: WeightsInput): Stored | undefined {
  const { tensors } = facts;
  if (tensors === undefined || tensors.bytes <= 0) return undefined;
  const amounts = [size(tensors.bytes, `by ${READ_FROM[tensors.read]}`)];
  if (facts.quantization === undefined) amounts.push(...cast(tensors.byDtype, settings.dtype));
  const head = shape?.tied === true ? (tensors.byGroup?.head ?? 0) : 0;
  if (head > 0) amounts.push(size(-head, "an output head that is tied to the embedding"));
  const ahead = shape === undefined ? 0 : unusedPrediction(shape, facts.quantization, settings);
  if (ahead > 0) amounts.push(size(-ahead, "layers for multi-token prediction, not loaded"));
  return { amount: sum(amounts), assumptions: [] };
}

/** Checkpoints in float32 are served in 16 bits, 16-bit ones in float32 only when told to. */
function cast(byDtype: Record<string, { bytes: number }>, dtype: string): Amount[] {
  const wide = byDtype["F32"]?.bytes ?? 0;
  const narrow = (byDtype["BF16"]?.bytes ?? 0) + (byDtype["F16"]?.bytes ?? 0);
  if (dtype === "float32") return narrow > 0 ? [size(narrow, "weights of 16 bits widened to float32")] : [];
  return wide > 0 ? [size(-wide / 2, "float32 weights served in 16 bits")] : [];
}

function unusedPrediction(
  shape: ModelShape,
  quantization: QuantizationFacts | undefined,
  settings: ServingSettings,
): number {
  if (settings.speculative !== undefined) return 0;
  const bits = (quantization === undefined ? undefined : storedBits(quantization)) ?? 16;
  return (predictionParameters(shape) * bits) / 8;
}

function shapeTotal(input: WeightsInput, parts: readonly Part[]): Stored | undefined {
  const { facts } = input;
  const { quantization } = facts;
  if (parts.length === 0 || (quantization !== undefined && storedBits(quantization) === undefined))
    return undefined;
  return {
    amount: sum(byWidth(parts, quantization, plainBytes(input))),
    assumptions: [
      "the sizes of the tensors were not read; the weights are worked out from the config",
      ...(facts.config?.vision_config === undefined ? [] : ["the vision encoder is not in the estimate"]),
    ],
  };
}

/** `3.35 GiB (by the config, w4a16: 6.98 billion parameters × 4.125 bits) + 1.96 GiB (by the config: …)`. */
function byWidth(
  parts: readonly Part[],
  quantization: QuantizationFacts | undefined,
  plain: number,
): Amount[] {
  const counts = new Map<number, number>();
  for (const part of parts) {
    const bytes = bytesOf(part, quantization, plain);
    counts.set(bytes, (counts.get(bytes) ?? 0) + part.parameters);
  }
  return [...counts].map(([bytes, count]) => {
    const scheme = bytes === plain ? "by the config" : `by the config, ${quantization?.scheme}`;
    const bits = Number((bytes * 8).toFixed(3));
    return size(count * bytes, `${scheme}: ${countText(count)} parameters × ${bits} bits`);
  });
}

function namedTotal({ facts }: WeightsInput): Stored | undefined {
  const parameters = facts.parametersFromName;
  if (parameters === undefined) return undefined;
  const bits = facts.quantization === undefined ? 16 : storedBits(facts.quantization);
  if (bits === undefined) return undefined;
  return {
    amount: size(
      ((parameters * bits) / 8) * NAME_MARGIN,
      `by the name: ${countText(parameters)} parameters × ${Number(bits.toFixed(3))} bits × ${NAME_MARGIN}`,
    ),
    assumptions: ["parameters and bits are guessed from the name"],
  };
}

/** Names round their billions down (8B is 8.03) and embeddings stay in 16 bits. */
export const NAME_MARGIN = 1.1;
