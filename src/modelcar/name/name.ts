import type { ModelFacts } from "../model/model-facts.ts";
import { plainLines } from "../model/words.ts";
import { quantizationFromName } from "../quantization/name.ts";

/** What a name gives away. */
export interface NameGuess {
  parameters: number | undefined;
  /** How the number was found, for the report. */
  evidence: string[];
}

/**
 * Families whose names do not tell their size, or mislead: parameters as their model cards state them (8x7B shares its
 * attention and has 46.7 billion, not 56; Scout's 17B are the active ones). First match wins.
 */
const FAMILIES: readonly [pattern: RegExp, billions: number][] = [
  [/mixtral-8x7b/, 46.7],
  [/mixtral-8x22b/, 140.6],
  [/llama-4-scout/, 109],
  [/llama-4-maverick/, 400],
  [/gpt-oss-120b/, 116.8],
  [/gpt-oss-20b/, 20.9],
  [/gemma-3n-e2b/, 6],
  [/gemma-3n-e4b/, 8],
  [/granite-4\.?0?-h-small/, 32],
  [/granite-4\.?0?-h-tiny/, 7],
  [/granite-4\.?0?-(h-)?micro/, 3],
  [/deepseek-(r1|v3)(?!.*(distill|lite))/, 671],
  [/deepseek-v2-lite|deepseek-coder-v2-lite/, 15.7],
  [/deepseek-(coder-)?v2(?!.*lite)/, 236],
  [/kimi-k2/, 1000],
  [/minimax-m2/, 230],
  [/glm-4\.5-air/, 106],
  [/glm-4\.[56]/, 355],
  [/phi-4-mini/, 3.8],
  [/phi-4-multimodal/, 5.6],
  [/phi-4(?!\d)/, 14.7],
  [/phi-3\.5-mini|phi-3-mini/, 3.8],
  [/phi-3-small/, 7.4],
  [/phi-3-medium/, 14],
  [/whisper-large/, 1.55],
  [/whisper-medium/, 0.769],
  [/whisper-small/, 0.244],
];

/** `70b`, `0.5B`, `360M`, `1T`; not the `A3B` of active parameters, not `4bit`, not within a word. */
const SIZE = /(?<![a-z0-9.])(\d{1,4}(?:\.\d{1,3})?)([bmt])(?![a-z0-9])/g;
const EXPERTS = /(?<![a-z0-9])(\d{1,3})x(\d{1,3}(?:\.\d)?)b(?![a-z0-9])/;
const BILLION = 1e9;
const UNITS: Readonly<Record<string, number>> = { m: 1e6, b: BILLION, t: 1e12 };

/** Parameters by the name of a model, with what that rests on. */
export function guessFromName(name: string): NameGuess {
  const text = name
    .toLowerCase()
    .replace(/[_/:\s]/g, "-")
    .replace(/(?<=-)0-(\d)b(?![a-z0-9])/g, "0.$1b")
    .replace(/(granite|llama|phi|glm)-(\d)-(\d)(?=-)/g, "$1-$2.$3");
  const family = FAMILIES.find(([pattern]) => pattern.test(text));
  if (family !== undefined)
    return guess(family[1] * BILLION, `${family[1]} billion, as the card of this family says`);
  const experts = EXPERTS.exec(text);
  if (experts !== null) {
    const [, number, each] = experts;
    return guess(
      Number(number) * Number(each) * BILLION,
      `${number} × ${each} billion, the most it can be: experts share their attention`,
    );
  }
  const sizes = [...text.matchAll(SIZE)];
  // "Qwen2.5-7B-Instruct-1M" has a context of a million tokens.
  const best = sizes.find(([, , unit]) => unit !== "m") ?? sizes.find(([, digits]) => Number(digits) >= 10);
  if (best === undefined)
    return { parameters: undefined, evidence: ["the name tells no number of parameters"] };
  return guess(Math.round(Number(best[1]) * UNITS[best[2]!]!), `${best[1]}${best[2]!.toUpperCase()}`);
}

const guess = (parameters: number, how: string): NameGuess => ({
  parameters,
  evidence: [`parameters estimated from the name: ${how}`],
});

/** Facts that rest on the name alone; `problems` say why nothing better could be read. */
export function factsFromName(reference: string, problems: readonly string[]): ModelFacts {
  const name = nameIn(reference);
  const { parameters, evidence } = guessFromName(name);
  const quantization = quantizationFromName(name);
  const quantized =
    quantization === undefined
      ? "the name tells no quantization"
      : `quantization estimated from the name: ${quantization.scheme}`;
  return {
    reference,
    source: "name",
    ...{ digest: undefined, architecture: undefined, config: undefined, tensors: undefined },
    parametersFromName: parameters,
    quantization,
    ...{ container: undefined, licence: undefined, contextLimit: undefined },
    estimatedFromName: true,
    evidence: [`nothing to go by but the name ${JSON.stringify(name)}`, ...evidence, quantized],
    problems: plainLines(problems),
  };
}

/** The last part of a reference, without tag and digest; the tag as well when it tells more (`llama:8b-fp8`). */
function nameIn(reference: string): string {
  const bare = reference
    .replace(/^[a-z]+:\/\//, "")
    .replace(/@.*$/, "")
    .replace(/\/+$/, "");
  const last = bare.slice(bare.lastIndexOf("/") + 1);
  const [name = "", tag = ""] = last.split(":");
  return /\d[bBmM]\b|fp8|awq|gptq|w\da\d|int[48]|nvfp4|mxfp4/i.test(tag) ? `${name}-${tag}` : name;
}
