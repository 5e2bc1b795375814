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

/** `--max-model-len=32768: the longest context that fits is …`. */
export const changeText = (change: ChangeReport): string => `${editText(change)}: ${change.why}`;

export function editText({ kind, what, value }: ChangeReport): string {
  if (kind === "remove-argument") return `without ${what}`;
  if (value === undefined) return what;
  return what.startsWith("--") ? `${what}=${value}` : `${what}: ${value}`;
}

/** The decisive reason, then the others that change what a reader does. */
export const toldReasons = ({ reasons }: Pick<ModelReport, "reasons">): ModelReport["reasons"] =>
  reasons.filter(({ kind }) => kind !== "note");

/** What edits of the arguments bring to a model. */
export const editsTitle = ({ verdict }: Pick<ModelReport, "verdict">): string =>
  verdict === "GO" ? "Suggested edits" : "Edits with which it starts";

/** Tokens, or that not one fits. */
export const longestText = (largestContext: number): string =>
  largestContext === 0 ? "none" : wholeText(largestContext);

export const concurrencyText = (concurrency: number): string =>
  concurrency >= 10 ? String(Math.floor(concurrency)) : concurrency.toFixed(1);
