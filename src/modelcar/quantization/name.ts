import { quantizationFacts } from "./facts.ts";
import type { QuantizationFacts, QuantizationScheme } from "./types.ts";

type Row = [RegExp, string, QuantizationScheme, number, number | undefined];

/** Words in names of models; the first that matches wins. The last column is the usual group size. */
const WORDS: readonly Row[] = [
  [/nvfp4a16/, "compressed-tensors", "w4a16-nvfp4", 4, 16],
  [/nvfp4/, "modelopt", "nvfp4", 4, 16],
  [/mxfp4/, "mxfp4", "mxfp4", 4, 32],
  [/gpt-oss/, "mxfp4", "mxfp4", 4, 32],
  [/mxfp8/, "mxfp8", "mxfp8", 8, 32],
  [/awq/, "awq", "awq-int4", 4, 128],
  [/gptq.*(int8|8-?bit)|(int8|8-?bit).*gptq/, "gptq", "gptq-int8", 8, 128],
  [/gptq/, "gptq", "gptq-int4", 4, 128],
  [/w4a16/, "compressed-tensors", "w4a16", 4, 128],
  [/w8a16/, "compressed-tensors", "w8a16-int8", 8, undefined],
  [/w4a8/, "compressed-tensors", "w4a8-int8", 4, 128],
  [/w8a8-?fp8|fp8-?w8a8/, "compressed-tensors", "w8a8-fp8", 8, undefined],
  [/w8a8/, "compressed-tensors", "w8a8-int8", 8, undefined],
  [/fp8/, "fp8", "w8a8-fp8", 8, undefined],
  [/int8|8-?bit/, "compressed-tensors", "w8a8-int8", 8, undefined],
  [/gguf|[-_.]i?q\d_/, "gguf", "gguf", 4, undefined],
  [/bnb|bitsandbytes/, "bitsandbytes", "bnb-4bit", 4, 64],
  [/int4|4-?bit/, "compressed-tensors", "w4a16", 4, 128],
];

/** Quantization as a model's name tells it (`…-quantized.w4a16`, `…-FP8-dynamic`, `…-AWQ`); a guess, and marked so. */
export function quantizationFromName(name: string): QuantizationFacts | undefined {
  const text = name.toLowerCase();
  const row = WORDS.find(([pattern]) => pattern.test(text));
  if (row === undefined) return undefined;
  const [, method, scheme, weightBits, groupSize] = row;
  return quantizationFacts(method, scheme, { weightBits, groupSize, fromName: true });
}
