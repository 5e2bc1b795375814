import type { RuntimeVersion } from "../runtime/types.ts";
import { isAtLeast } from "../runtime/version.ts";
import type { ServingSettings } from "../settings/types.ts";
import { type Amount, size, sum } from "./arithmetic.ts";
import type { ModelShape } from "./shape.ts";
import { MIB, wholeText } from "./units.ts";

/**
 * Bytes that sampling holds at its peak for each sequence and each word of the vocabulary, beside the logits as the
 * model computes them. Up to 0.16 PyTorch sorts them: 38.3 in all for 16-bit logits, the same for Llama 3.1 8B and
 * 70B, Qwen3 0.6B and 32B, and gpt-oss (llm-d-benchmark, vLLM 0.11) and for Llama 3 in 0.6 (vllm#10511). From 0.17 on
 * a Triton kernel masks them in place (vllm#33538): a copy in 32 bits, probabilities and random numbers are left;
 * 14 in all for 16-bit logits, 16 for float32 (llm-d-planner, vLLM 0.19).
 */
const SORTED = 36;
const IN_PLACE = 12;

/** The Triton kernel's buffers (vllm#33538), and the fewest sequences for which it is used (vllm#45601). */
const TRITON_BUFFERS = 80 * MIB;
const TRITON_LEAST = 8;

/** What sampling holds at once, with the hidden states of the step that it follows. `plain`: bytes of a logit. */
export function sampling(
  shape: ModelShape,
  settings: ServingSettings,
  runtime: RuntimeVersion,
  plain: number,
): Amount {
  if (shape.encoderOnly) return size(0, "the model does not sample");
  const tokens = settings.maxNumBatchedTokens;
  const sequences = Math.min(settings.maxNumSeqs, tokens);
  const triton = isAtLeast(runtime.version, "0.17.0") === true && sequences >= TRITON_LEAST;
  const each = plain + (triton ? IN_PLACE : SORTED);
  return sum([
    {
      bytes: sequences * shape.vocabulary * each,
      text: `sampling: ${wholeText(sequences)} sequences × ${wholeText(shape.vocabulary)} words × ${each} bytes`,
    },
    size(tokens * shape.hidden * plain, `hidden states of ${wholeText(tokens)} tokens`),
    size(triton ? TRITON_BUFFERS : 0, "buffers"),
  ]);
}
