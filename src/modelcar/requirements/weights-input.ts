import type { GpuType } from "../gpus/types.ts";
import type { ModelFacts } from "../model/model-facts.ts";
import type { QuantizationFacts } from "../quantization/types.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import type { ServingSettings } from "../settings/types.ts";
import type { Part } from "./parameters.ts";
import type { ModelShape } from "./shape.ts";
import { EXPERTS_ONLY, storedBits } from "./stored-bits.ts";
import { computeBytes } from "./units.ts";

export interface WeightsInput {
  facts: ModelFacts;
  shape: ModelShape | undefined;
  settings: ServingSettings;
  gpu: Pick<GpuType, "capability" | "vendor">;
  runtime: RuntimeVersion;
}

/** The type that the config gives the model: that of its language part, else of the whole. */
export const writtenType = ({ shape, facts }: Pick<WeightsInput, "shape" | "facts">): string | undefined =>
  shape?.config.torch_dtype ?? shape?.config.dtype ?? facts.config?.torch_dtype ?? facts.config?.dtype;

/** Bytes of a value that is not quantized. */
export const plainBytes = (input: WeightsInput): number =>
  computeBytes(input.settings.dtype, writtenType(input));

/** Bytes of one parameter of a part as it is stored. */
export function bytesOf(part: Part, quantization: QuantizationFacts | undefined, plain: number): number {
  if (quantization === undefined || !part.linear || isIgnored(part, quantization)) return plain;
  const bits = storedBits(quantization);
  return bits === undefined ? plain : bits / 8;
}

/** Bytes of the parts as they are stored. */
export const partBytes = (
  parts: readonly Part[],
  quantization: QuantizationFacts | undefined,
  plain: number,
): number => parts.reduce((sum, part) => sum + part.parameters * bytesOf(part, quantization, plain), 0);

function isIgnored(part: Part, { scheme, ignored }: QuantizationFacts): boolean {
  if (EXPERTS_ONLY.has(scheme)) return part.name !== "experts";
  const attention = ["attention", "keys and values", "latent projections"].includes(part.name);
  return (
    attention &&
    ignored.some((pattern) => /self_attn(\.|\b|\*)/.test(pattern) && !/layers\.\d+\./.test(pattern))
  );
}
