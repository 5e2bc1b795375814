import { ModelFileError } from "../onnx/model-error.ts";
import type { ActivationScale, QuantizationProfile, TensorRange } from "./types.ts";

/** The least float32 with its full precision; kernels may take what is smaller for zero. */
export const LEAST_SCALE = 2 ** -126;

/**
 * The scale that a range takes in 8 bits. Zero is always exact, since padding puts it everywhere. A range of nothing but
 * zero has scale 1. Throws a ModelFileError that names the tensor when the range is not finite.
 */
export function activationScale(
  tensor: string,
  { min, max }: TensorRange,
  activations: QuantizationProfile["activations"],
): ActivationScale {
  if (!Number.isFinite(min) || !Number.isFinite(max) || min > max) {
    throw new ModelFileError(`its values reach from ${min} to ${max}: they cannot be quantized`, {
      where: tensor,
      hint: "Does the float model give such numbers for these images? Check the preprocessing, or exclude the layer.",
    });
  }
  return activations === "s8-symmetric"
    ? symmetric(min, max)
    : asymmetric(Math.min(min, 0), Math.max(max, 0));
}

function symmetric(min: number, max: number): ActivationScale {
  return { scale: scaleOf(Math.max(Math.abs(min), Math.abs(max)) / 127), zeroPoint: 0 };
}

function asymmetric(min: number, max: number): ActivationScale {
  const scale = scaleOf((max - min) / 255);
  return { scale, zeroPoint: Math.min(255, Math.max(0, roundToEven(-min / scale))) };
}

const scaleOf = (wished: number): number => (wished === 0 ? 1 : Math.fround(Math.max(wished, LEAST_SCALE)));

/** Adding it leaves no bits for a fraction, and IEEE 754 rounds to even: as QuantizeLinear does. */
const NO_FRACTION = 1.5 * 2 ** 52;

/** For |value| < 2⁵¹. */
export const roundToEven = (value: number): number => value + NO_FRACTION - NO_FRACTION;
