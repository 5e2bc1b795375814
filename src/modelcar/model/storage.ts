import type { QuantizationFacts, QuantizationScheme } from "../quantization/types.ts";
import type { TensorInfo } from "../safetensors/header.ts";
import { placeOf } from "./linears.ts";

const FLOAT8 = ["F8_E4M3", "F8_E4M3FNUZ", "F8_E5M2", "F8_E5M2FNUZ"];
const FLOATS = ["BF16", "F16", "F32"];

/**
 * Types of which a checkpoint of a scheme has some tensors in its layers. Schemes that quantize while they load, or whose
 * form is not settled, are not here.
 */
const STORED: Partial<Record<QuantizationScheme, readonly string[]>> = {
  "awq-int4": ["I32"],
  "gptq-int4": ["I32"],
  "gptq-int8": ["I32"],
  "gptq-other": ["I32"],
  w4a16: ["I32", "I8", "U8"],
  "w8a16-int8": ["I32", "I8"],
  "w8a16-fp8": FLOAT8,
  "w8a8-int8": ["I8"],
  "w8a8-fp8": FLOAT8,
  "w8a8-fp8-block": FLOAT8,
  "w4a8-fp8": ["I32", "I8", "U8"],
  "w4a8-int8": ["I32", "I8", "U8"],
  nvfp4: ["U8", "F4"],
  "w4a16-nvfp4": ["U8", "F4"],
  mxfp4: ["U8", "F4"],
  mxfp8: [...FLOAT8, "U8"],
  "bnb-int8": ["I8"],
  "bnb-4bit": ["U8"],
  "quark-fp8": FLOAT8,
  "quark-mxfp4": ["U8", "F4"],
};

/** Names of tensors that hold weights. */
const WEIGHTS = /(^|[._])(weight|qweight|weight_packed|blocks|w[123]|gate_up_proj|down_proj)$/;

/** What the types of the stored weights say against the quantization that the config tells. */
export function storageContradictions(
  quantization: QuantizationFacts | undefined,
  tensors: readonly TensorInfo[],
): string[] {
  const weights = tensors.filter(
    ({ name, shape }) => shape.length >= 2 && WEIGHTS.test(name) && placeOf(name) !== undefined,
  );
  if (weights.length === 0) return [];
  if (quantization === undefined) {
    const packed = weights.find(({ dtype }) => !FLOATS.includes(dtype));
    return packed === undefined
      ? []
      : [`config.json tells no quantization, ${packed.name} is stored in ${packed.dtype}`];
  }
  const wanted = STORED[quantization.scheme];
  if (wanted === undefined || weights.some(({ dtype }) => wanted.includes(dtype))) return [];
  const types = [...new Set(weights.map(({ dtype }) => dtype))].join(", ");
  return [
    `config.json says ${quantization.scheme} (${quantization.method}), which is stored in ${wanted[0]}; the layers are stored in ${types}`,
  ];
}
