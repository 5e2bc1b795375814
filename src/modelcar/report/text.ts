import { countText, wholeText } from "../requirements/units.ts";
import type { ChangeReport, ModelReport } from "./types.ts";

/** Words that every form of the report uses. */

export const verdictWord = (verdict: string): string => verdict.replace(/ \(.*/, "");

/** `8.03 billion, w4a16` or what is known of it. */
export function sizeText({ facts }: Pick<ModelReport, "facts">): string {
  const parameters = facts?.parameters;
  if (parameters === undefined) return "unknown";
  return `${countText(parameters)}${facts?.estimatedFromName ? " (by its name)" : ""}`;
}

export const quantizationText = ({ facts }: Pick<ModelReport, "facts">): string =>
  facts?.quantization === undefined
    ? facts?.estimatedFromName === false
      ? "none"
      : "unknown"
    : `${facts.quantization.scheme}${facts.quantization.fromName ? " (by its name)" : ""}`;

/** `--max-model-len=32768: the longest context that fits is …`, `GPU: 2x NVIDIA H200 (with the arguments as they are)`. */
export function changeText(change: ChangeReport): string {
  const edit = editText(change);
  return edit.includes(": ") ? `${edit} (${change.why})` : `${edit}: ${change.why}`;
}

export function editText({ kind, what, value }: ChangeReport): string {
  if (kind === "remove-argument") return `without ${what}`;
  if (value === undefined) return what;
  return what.startsWith("--") ? `${what}=${value}` : `${what}: ${value}`;
}

/** The decisive reason, then the others that change what a reader does. */
export const toldReasons = ({ reasons }: Pick<ModelReport, "reasons">): ModelReport["reasons"] =>
  reasons.filter(({ kind }) => kind !== "note");

/** Changes of a model that are told together, and how they hang together. */
export interface ToldChanges {
  title: string;
  changes: readonly ChangeReport[];
  /** They are edits of its arguments, for which all count; else each alone is enough. */
  isEdit: boolean;
}

/** Edits that are enough together; else the nearest changes, of which each is enough. Undefined: there is nothing to tell. */
export function toldChanges({ verdict, optimized, nearest }: ModelReport): ToldChanges | undefined {
  if (optimized !== undefined)
    return { title: editsTitle(verdict, optimized.changes.length), changes: optimized.changes, isEdit: true };
  return verdict === "GO" ? undefined : toldNearest(nearest);
}

/** Changes that each make a GO. Undefined: there are none. */
export const toldNearest = (nearest: readonly ChangeReport[]): ToldChanges | undefined =>
  nearest.length === 0 ? undefined : { title: nearestTitle(nearest.length), changes: nearest, isEdit: false };

function editsTitle(verdict: string, count: number): string {
  if (verdict === "GO") return count === 1 ? "suggested edit" : "suggested edits";
  return count === 1 ? "it starts with" : "it starts with all of these";
}

/** Of changes that each make a GO. */
export const nearestTitle = (count: number): string =>
  count === 1 ? "a GO with" : "a GO with any one of these";

/** `1x A100-80GB on node-2` of what a model gets; `2x L40S` of what its numbers are for. */
export function devicesText({ placement, memory, gpu, verdict }: ModelReport): string {
  if (verdict === "GO" && placement !== undefined)
    return `${placement.gpus}x ${placement.product} on ${placement.node}`;
  return memory === undefined || gpu === undefined ? "" : `${memory.gpus}x ${gpu.id}`;
}

/** `GO (tight)` where it hangs by less than the estimate may be off. */
export const toldVerdict = ({ verdict, memory }: Pick<ModelReport, "verdict" | "memory">): string =>
  memory?.tight === true ? `${verdict} (tight)` : verdict;

/** Tokens, or that not one fits. */
export const longestText = (largestContext: number): string =>
  largestContext === 0 ? "none" : wholeText(largestContext);

export const concurrencyText = (concurrency: number): string =>
  concurrency >= 10 || concurrency === 0 ? String(Math.floor(concurrency)) : concurrency.toFixed(1);
