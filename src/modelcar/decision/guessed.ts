import { reason } from "../compatibility/context.ts";
import type { Reason } from "../compatibility/types.ts";
import type { ModelFacts } from "../model/model-facts.ts";
import { NAME_MARGIN } from "../requirements/stored.ts";
import type { Requirements } from "../requirements/types.ts";
import { bytesText } from "../requirements/units.ts";

/** Bits that a weight takes at least in the forms in which models are published. */
const LEAST_BITS = 4;
const USUAL_BITS = 16;

/**
 * The reasons with those that rest on a guess made unknown: what a name gives away decides nothing, unless not even the
 * smallest form of the model would fit.
 */
export function withoutGuesses(
  reasons: readonly Reason[],
  facts: ModelFacts,
  estimate: Requirements | undefined,
): Reason[] {
  const { config, quantization } = facts;
  return reasons.flatMap((one): Reason[] => {
    const ofName = quantization?.fromName === true && /^(quantization|experts)/.test(one.code);
    if (one.kind === "blocks" && ofName) return [guessed(one, "by its name")];
    if (one.kind !== "memory" || config !== undefined || estimate === undefined) return [one];
    return [
      tooLarge(facts, estimate) ?? guessed(one, facts.estimatedFromName ? "by its name" : "by its size"),
    ];
  });
}

const guessed = (one: Reason, from: string): Reason => ({
  ...one,
  kind: "unknown",
  text: `estimated ${from}: ${one.text}`,
});

/** A NO-GO that holds whatever the guess is worth. */
function tooLarge(
  { quantization, tensors }: ModelFacts,
  { weights, budget }: Requirements,
): Reason | undefined {
  const isKnown = tensors !== undefined || quantization?.weightBits !== undefined;
  const named = tensors !== undefined ? weights.bytes : weights.bytes / NAME_MARGIN;
  const least = isKnown ? named : (named * LEAST_BITS) / USUAL_BITS;
  if (least <= budget) return undefined;
  const how =
    tensors !== undefined
      ? ""
      : isKnown
        ? ", estimated by its name,"
        : `, estimated by its name at ${LEAST_BITS} bits,`;
  return reason(
    "memory",
    "memory-weights",
    `the weights alone${how} take ${bytesText(least)} of ${bytesText(budget)} that vLLM may use of a GPU`,
  );
}
