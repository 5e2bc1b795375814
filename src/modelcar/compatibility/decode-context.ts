import { isLatent, type ModelShape } from "../requirements/shape.ts";
import { isAtLeast } from "../runtime/version.ts";
import { type RuleContext, reason } from "./context.ts";
import type { Reason } from "./types.ts";

/**
 * `--decode-context-parallel-size`: GPUs of one tensor-parallel group that keep the same KV heads share their tokens out.
 * So it divides the group, and there must be that many copies of a head, but with latent attention
 * (vllm/engine/arg_utils.py; vllm/config/model.py, verify_with_parallel_config, since 0.11.2).
 */
export function decodeContextReasons({ settings, runtime }: RuleContext, shape: ModelShape): Reason[] {
  const { heads, kvHeads } = shape;
  const { decodeContextParallel: size, tensorParallel: tp, given } = settings;
  if (size === 1) return [];
  const flag = `--decode-context-parallel-size=${size}`;
  const refused = (code: string, text: string): Reason[] => [
    reason("blocks", code, `${flag}: ${text}: vLLM refuses to start`, "vllm/config/model.py"),
  ];
  if (tp % size !== 0 && !given.has("prefill-context-parallel-size"))
    return refused("dcp-size", `it must divide the tensor-parallel size, which is ${tp}`);
  if (isLatent(shape) || kvHeads === 0 || isAtLeast(runtime.version, "0.11.2") === false) return [];
  const copies = Math.floor(tp / kvHeads);
  if (tp <= kvHeads || size > copies)
    return refused(
      "dcp-kv-heads",
      `${kvHeads} KV heads over ${tp} GPUs leave ${copies <= 1 ? "no copies" : `${copies} copies`} of a head to share tokens out to; the tensor-parallel size must be ${kvHeads * size} or more`,
    );
  const queries = Math.floor(heads / kvHeads);
  return queries % size === 0
    ? []
    : refused("dcp-heads", `it must divide the ${queries} query heads of a KV head`);
}
