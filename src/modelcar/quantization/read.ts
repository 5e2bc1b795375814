import { type Fields, fields, flagOf, listOf, numberOf, textOf } from "../../base/lenient-json.ts";
import { languagePart } from "../model/context-limit.ts";
import type { ModelConfig } from "../model/model-config.ts";
import { readCompressedTensors } from "./compressed-tensors.ts";
import { blockSizeOf, quantizationFacts as facts } from "./facts.ts";
import type { QuantizationFacts, QuantizationScheme } from "./types.ts";

/** A group size of −1 means one scale a channel. */
const groupOf = (value: unknown): number | undefined => numberOf(value);

type Reader = (config: Fields, method: string) => QuantizationFacts;

function readAwq(config: Fields, method: string): QuantizationFacts {
  return facts(method, "awq-int4", {
    weightBits: numberOf(config["bits"] ?? config["w_bit"]) ?? 4,
    groupSize: groupOf(config["group_size"] ?? config["q_group_size"]),
    symmetric: config["zero_point"] === false,
    ignored: listOf(config, "modules_to_not_convert"),
  });
}

function readGptq(config: Fields, method: string): QuantizationFacts {
  const bits = numberOf(config["bits"]);
  const scheme = bits === 4 ? "gptq-int4" : bits === 8 ? "gptq-int8" : "gptq-other";
  return facts(method, scheme, {
    weightBits: bits,
    groupSize: groupOf(config["group_size"]),
    symmetric: flagOf(config["sym"]) ?? true,
    descAct: flagOf(config["desc_act"]) ?? false,
    ignored: listOf(config, "modules_in_block_to_quantize"),
  });
}

function readFp8(config: Fields, method: string): QuantizationFacts {
  const blockSize = blockSizeOf(config["weight_block_size"]);
  return facts(method, blockSize === undefined ? "w8a8-fp8" : "w8a8-fp8-block", {
    weightBits: 8,
    activationBits: 8,
    symmetric: true,
    blockSize,
    ignored: listOf(config, "ignored_layers", "modules_to_not_convert"),
  });
}

const MODELOPT: readonly [RegExp, QuantizationScheme, number][] = [
  [/^W4A16_?NVFP4/, "w4a16-nvfp4", 4],
  [/NVFP4/, "nvfp4", 4],
  [/MXFP8/, "mxfp8", 8],
  [/FP8/, "w8a8-fp8", 8],
  [/W4A16|INT4/, "w4a16", 4],
];

function readModelopt(config: Fields, method: string): QuantizationFacts {
  const inner = { ...config, ...fields(config["quantization"]) };
  const algorithm = textOf(inner["quant_algo"])?.toUpperCase() ?? "";
  const row = MODELOPT.find(([pattern]) => pattern.test(algorithm));
  const kv = textOf(inner["kv_cache_quant_algo"]) ?? textOf(fields(inner["kv_cache_scheme"])["type"]);
  return facts(method, row?.[1] ?? "unknown", {
    weightBits: row?.[2],
    activationBits: row?.[1] === "nvfp4" ? 4 : row?.[1] === "w4a16" || row?.[1] === "w4a16-nvfp4" ? 16 : 8,
    groupSize: groupOf(inner["group_size"]) ?? (row?.[2] === 4 ? 16 : undefined),
    symmetric: true,
    kvCacheDtype: kv !== undefined && /fp8|float/i.test(kv) ? "fp8" : undefined,
    ignored: listOf(inner, "exclude_modules", "ignore"),
  });
}

function readBitsandbytes(config: Fields, method: string): QuantizationFacts {
  const eight = config["load_in_8bit"] === true || config["_load_in_8bit"] === true;
  return facts(method, eight ? "bnb-int8" : "bnb-4bit", {
    weightBits: eight ? 8 : 4,
    activationBits: 16,
    groupSize: eight ? undefined : 64,
    ignored: listOf(config, "llm_int8_skip_modules"),
  });
}

function readAutoRound(config: Fields, method: string): QuantizationFacts {
  return facts(method, "auto-round", {
    weightBits: numberOf(config["bits"]) ?? 4,
    groupSize: groupOf(config["group_size"]),
    symmetric: flagOf(config["sym"]),
  });
}

function readQuark(config: Fields, method: string): QuantizationFacts {
  const weight = fields(fields(config["global_quant_config"])["weight"]);
  const kind = textOf(weight["dtype"]) ?? "";
  const scheme = /fp4/.test(kind) ? "quark-mxfp4" : /fp8/.test(kind) ? "quark-fp8" : "unknown";
  const weightBits = scheme === "quark-mxfp4" ? 4 : scheme === "quark-fp8" ? 8 : undefined;
  const groupSize = scheme === "quark-mxfp4" ? 32 : undefined;
  return facts(method, scheme, { weightBits, groupSize, ignored: listOf(config, "exclude") });
}

const fixed =
  (scheme: QuantizationScheme, more: Partial<QuantizationFacts>): Reader =>
  (config, method) =>
    facts(method, scheme, { ...more, ignored: listOf(config, "modules_to_not_convert", "ignored_layers") });

/** By `quant_method`, as vLLM's registry of methods names them. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["awq", readAwq],
  ["awq_marlin", readAwq],
  ["gptq", readGptq],
  ["gptq_marlin", readGptq],
  ["fp8", readFp8],
  ["fbgemm_fp8", fixed("w8a8-fp8", { weightBits: 8, activationBits: 8, symmetric: true })],
  ["compressed-tensors", readCompressedTensors],
  ["compressed_tensors", readCompressedTensors],
  ["modelopt", readModelopt],
  ["modelopt_fp4", readModelopt],
  ["modelopt_mxfp8", readModelopt],
  ["mxfp4", fixed("mxfp4", { weightBits: 4, activationBits: 16, groupSize: 32 })],
  ["mxfp8", fixed("mxfp8", { weightBits: 8, activationBits: 8, groupSize: 32 })],
  ["bitsandbytes", readBitsandbytes],
  ["gguf", fixed("gguf", {})],
  ["aqlm", fixed("aqlm", { weightBits: 2 })],
  ["bitblas", fixed("bitblas", { weightBits: 4 })],
  ["gptq_bitblas", fixed("bitblas", { weightBits: 4 })],
  ["deepspeedfp", (config, method) => facts(method, "deepspeedfp", { weightBits: numberOf(config["bits"]) })],
  ["experts_int8", fixed("experts-int8", { weightBits: 8 })],
  ["hqq", fixed("hqq", { weightBits: 4, groupSize: 64 })],
  ["inc", readAutoRound],
  ["auto-round", readAutoRound],
  ["auto_round", readAutoRound],
  ["intel/auto-round", readAutoRound],
  ["quark", readQuark],
  ["torchao", fixed("torchao", {})],
  ["fp_quant", fixed("fp-quant", { weightBits: 4, groupSize: 16 })],
]);

/**
 * What a checkpoint's own config says of its quantization, normalised over the methods that spell it differently.
 * Undefined: it is not quantized. A method that is not known has the scheme `unknown`, so that nothing is decided on
 * it. `hfQuantConfig` is the content of `hf_quant_config.json` (ModelOpt).
 */
export function readQuantization(
  config: ModelConfig,
  hfQuantConfig?: unknown,
): QuantizationFacts | undefined {
  const own = [config, config.thinker_config, languagePart(config)]
    .map((part) => part?.quantization_config ?? part?.compression_config)
    .find((written) => written !== undefined);
  if (own === undefined && hfQuantConfig === undefined) return undefined;
  const given = { ...fields(hfQuantConfig), ...fields(own) };
  const method = textOf(given["quant_method"]) ?? impliedMethod(given, hfQuantConfig);
  if (method === undefined) return facts("unnamed", "unknown");
  const read = READERS.get(method.toLowerCase());
  return read === undefined ? facts(method, "unknown") : read(given, method);
}

function impliedMethod(given: Fields, hfQuantConfig: unknown): string | undefined {
  if (given["config_groups"] !== undefined) return "compressed-tensors";
  if (hfQuantConfig !== undefined || given["quant_algo"] !== undefined) return "modelopt";
  if (given["load_in_4bit"] === true || given["load_in_8bit"] === true) return "bitsandbytes";
  return undefined;
}
