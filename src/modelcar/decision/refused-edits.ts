import { withArgument, withoutArgument } from "../settings/edit.ts";
import { meantFlag } from "../settings/problems.ts";
import type { ArgumentProblem } from "../settings/types.ts";
import type { Evaluation } from "./evaluate.ts";
import type { Change } from "./types.ts";

/** One flag that is taken away or set, and why. */
export interface Edit {
  flag: string;
  /** Undefined: the flag is taken away. */
  value?: string;
  why: string;
}

/** Codes of what blocks. */
export const blockers = ({ reasons }: Evaluation): Set<string> =>
  new Set(reasons.filter(({ kind }) => kind === "blocks").map(({ code }) => code));

/** The edits that no other can stand in for: what vLLM refuses whatever else is changed, taken away or mended. */
export const refusedEdits = (evaluation: Evaluation): Edit[] => [
  ...[...blockers(evaluation)].flatMap((code) => FORCED[code] ?? []),
  ...evaluation.settings.problems.flatMap(refusedFlag),
];

const FORCED: Readonly<Record<string, Edit>> = {
  "quantization-mismatch": { flag: "quantization", why: "the checkpoint tells its quantization itself" },
  "quantization-absent": { flag: "quantization", why: "the checkpoint is not quantized" },
  "bfloat16-capability": { flag: "dtype", value: "half", why: "the GPU has no bfloat16" },
  "kv-fp8-capability": { flag: "kv-cache-dtype", why: "the GPU cannot hold an FP8 KV cache" },
  "kv-fp8-chip": { flag: "kv-cache-dtype", why: "the GPU cannot hold an FP8 KV cache" },
  "expert-parallel-dense": { flag: "enable-expert-parallel", why: "the model has no experts" },
};

export const UNKNOWN_FLAG = "this vLLM has no such flag, and ends at once";

/** What is no flag at all stays: whose value it was meant to be is not known. */
function refusedFlag({ severity, code, flag }: ArgumentProblem): Edit[] {
  if (severity !== "error") return [];
  if (code === "argument-unknown") return [{ flag: flag.slice(2), why: UNKNOWN_FLAG }];
  if (code !== "argument-value") return [];
  return [{ flag: flag.slice(2), why: "its value is none that this vLLM takes" }];
}

/** A flag that vLLM does not know, and the one that its writer probably meant. */
export interface Slip {
  flag: string;
  meant: string;
}

export const slips = ({ settings }: Evaluation): Slip[] =>
  settings.problems.flatMap(({ severity, code, flag: dashed }) => {
    if (severity !== "error" || code !== "argument-unknown") return [];
    const flag = dashed.slice(2);
    const meant = meantFlag(flag);
    return meant === undefined || meant === flag ? [] : [{ flag, meant }];
  });

/** The list after the edit; undefined: it changes nothing. */
export function applied(args: readonly string[], { flag, value }: Edit): string[] | undefined {
  const next = value === undefined ? withoutArgument(args, flag) : withArgument(args, flag, value);
  return Bun.deepEquals(next, args) ? undefined : next;
}

export const changeOf = ({ flag, value, why }: Edit): Change => ({
  kind: value === undefined ? "remove-argument" : "argument",
  ...{ what: `--${flag}`, value, why },
});
