import { editText } from "../decision/change-text.ts";
import { countText, wholeText } from "../requirements/units.ts";
import type { ChangeReport, GpuReport, ModelReport } from "./types.ts";

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

/** Edits that are enough together, then the nearest changes beside them, of which each is enough. */
export function toldChanges({ verdict, optimized, nearest }: ModelReport): ToldChanges[] {
  if (optimized === undefined) return verdict === "GO" ? [] : toldNearest(nearest);
  const { changes } = optimized;
  const edits = { title: editsTitle(verdict, changes.length), changes, isEdit: true };
  if (verdict === "GO") return [edits];
  const said = ` ${changes.map(editText).join(" ")} `;
  const others = toldNearest(nearest.filter((change) => !said.includes(` ${editText(change)} `)));
  return [edits, ...others.map(({ title, ...rest }) => ({ ...rest, title: `or ${title}` }))];
}

/** Changes that each make a GO; nothing, where there are none. */
export const toldNearest = (nearest: readonly ChangeReport[]): ToldChanges[] =>
  nearest.length === 0 ? [] : [{ title: nearestTitle(nearest.length), changes: nearest, isEdit: false }];

function editsTitle(verdict: string, count: number): string {
  if (verdict === "GO") return count === 1 ? "suggested edit" : "suggested edits";
  return count === 1 ? "it starts with" : "it starts with all of these";
}

/** Of changes that each make a GO. */
const nearestTitle = (count: number): string => (count === 1 ? "a GO with" : "a GO with any one of these");

/** `1x A100-80GB on node-2` of what a model gets; `2x L40S` of what its numbers are for. */
export function devicesText({ placement, memory, gpu, verdict }: ModelReport): string {
  if (verdict === "GO" && placement !== undefined)
    return `${placement.gpus}x ${placement.product} on ${placement.node}`;
  return memory === undefined || gpu === undefined ? "" : `${memory.gpus}x ${gpu.id}`;
}

/** `2 of 8 unhealthy`; undefined where the node gives out all that it has. */
export const unhealthyText = ({ capacity, allocatable }: GpuReport): string | undefined =>
  allocatable < capacity ? `${capacity - allocatable} of ${capacity} unhealthy` : undefined;

/** `GO (tight)` where it hangs by less than the estimate may be off. */
export const toldVerdict = ({ verdict, memory }: Pick<ModelReport, "verdict" | "memory">): string =>
  memory?.tight === true ? `${verdict} (tight)` : verdict;

/** Tokens, or that not one fits. */
export const longestText = (largestContext: number): string =>
  largestContext === 0 ? "none" : wholeText(largestContext);

export const concurrencyText = (concurrency: number): string =>
  concurrency >= 10 || concurrency === 0 ? wholeText(Math.floor(concurrency)) : concurrency.toFixed(1);
