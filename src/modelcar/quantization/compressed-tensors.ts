import { type Fields, fields, flagOf, listOf, numberOf, textOf } from "../../base/lenient-json.ts";
import { blockSizeOf } from "./facts.ts";
import type { QuantizationFacts, QuantizationScheme } from "./types.ts";

/**
 * The first group of a `compressed-tensors` config. Configs with more than one group mix schemes over layers; the
 * first group is the one that covers the linear layers.
 */
export function readCompressedTensors(config: Fields, method: string): QuantizationFacts {
  const groups = Object.values(fields(config["config_groups"])).map(fields);
  const group = groups[0] ?? {};
  const weights = fields(group["weights"]);
  const activations = fields(group["input_activations"]);
  const format = textOf(group["format"]) ?? textOf(config["format"]) ?? "";
  const kv = fields(config["kv_cache_scheme"]);
  return {
    method,
    scheme: schemeOf(weights, activations, format, config),
    weightBits: numberOf(weights["num_bits"]),
    activationBits: numberOf(activations["num_bits"]) ?? 16,
    groupSize: numberOf(weights["group_size"]),
    symmetric: flagOf(weights["symmetric"]),
    descAct: weights["actorder"] === "group" || weights["actorder"] === true,
    blockSize: blockSizeOf(weights["block_structure"]),
    kvCacheDtype: numberOf(kv["num_bits"]) === 8 && kv["type"] === "float" ? "fp8" : undefined,
    ignored: listOf(config, "ignore"),
    fromName: false,
  };
}

function schemeOf(weights: Fields, activations: Fields, format: string, config: Fields): QuantizationScheme {
  if (format.startsWith("marlin-24") || textOf(fields(config["sparsity_config"])["format"]) === "sparse-24")
    return "sparse24";
  const bits = numberOf(weights["num_bits"]);
  const inputBits = numberOf(activations["num_bits"]);
  const float = textOf(weights["type"]) === "float";
  if (float && bits === 4) return fourBitFloat(weights, inputBits, format);
  if (float && bits === 8) return eightBitFloat(weights, inputBits, format);
  if (bits === 4) return fourBitInteger(activations, inputBits);
  if (bits === 8) return inputBits === 8 ? "w8a8-int8" : "w8a16-int8";
  return "unknown";
}

function fourBitFloat(weights: Fields, inputBits: number | undefined, format: string): QuantizationScheme {
  if (format.startsWith("mxfp4") || numberOf(weights["group_size"]) === 32) return "mxfp4";
  return inputBits === undefined ? "w4a16-nvfp4" : "nvfp4";
}

function eightBitFloat(weights: Fields, inputBits: number | undefined, format: string): QuantizationScheme {
  if (format.startsWith("mxfp8")) return "mxfp8";
  if (inputBits === undefined) return "w8a16-fp8";
  return textOf(weights["strategy"]) === "block" ? "w8a8-fp8-block" : "w8a8-fp8";
}

function fourBitInteger(activations: Fields, inputBits: number | undefined): QuantizationScheme {
  if (inputBits !== 8) return "w4a16";
  return textOf(activations["type"]) === "float" ? "w4a8-fp8" : "w4a8-int8";
}
