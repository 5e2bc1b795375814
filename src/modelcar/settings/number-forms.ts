import { type Place, type Presence, presence } from "./flags.ts";
import type { Known } from "./release-table.ts";

/**
 * First of the releases that were read whose parser takes units (vllm/engine/arg_utils.py, human_readable_int); of
 * `--kv-cache-memory-bytes` all that have it.
 */
const UNITS: Readonly<Record<string, string>> = {
  "max-model-len": "0.8.4",
  "max-num-batched-tokens": "0.9.2",
};

/** `auto` and `-1`: human_readable_int_or_auto. `-1` was a number like others up to 0.11, and refused in 0.13. */
const AUTO = "0.14.0";

const since = (from: string): Known => ({ from, until: undefined });

/** Whether the release reads a number in this form: `32k`, `auto`, `-1`. */
export function formOutcome(flag: string, value: string, place: Place | undefined): Presence {
  const from = firstRelease(flag, value);
  if (from === undefined) return "yes";
  const found = presence(since(from), place);
  return found === "no" && value === "-1" && presence(since("0.13.0"), place) !== "yes" ? "unclear" : found;
}

/** Since when the form is read. */
export const formText = (flag: string, value: string): string => {
  const what = isAuto(value) ? "a length that vLLM finds by itself" : "a number with a unit";
  return `${what} came with ${firstRelease(flag, value)} or shortly before`;
};

/** A length that is left to vLLM. */
export const isAuto = (value: string): boolean => ["auto", "-1"].includes(value.trim().toLowerCase());

function firstRelease(flag: string, value: string): string | undefined {
  if (isAuto(value)) return AUTO;
  return /[kmgt]$/i.test(value.trim()) ? UNITS[flag] : undefined;
}
