import { compareVersions } from "../runtime/version.ts";
import type { Era } from "./rules.ts";

export type Outcome = "yes" | "no" | "unclear";

/** Whether a capability satisfies what one release demands; the demand of an unclear era is that of its neighbours. */
function outcomeAt(eras: readonly Era[], index: number, capability: number): Outcome {
  const era = eras[index]!;
  if (era.maximum !== undefined && capability > era.maximum) return "no";
  if (era.minimum !== "unclear") return capability >= era.minimum ? "yes" : "no";
  const [before, after] = [eras[index - 1], eras[index + 1]].map((side) =>
    side === undefined || side.minimum === "unclear" ? undefined : capability >= side.minimum,
  );
  return before === after && before !== undefined ? (before ? "yes" : "no") : "unclear";
}

/**
 * Whether a GPU of this capability satisfies a rule in `version`. Without a version the answer is only given when all
 * releases since the scheme was introduced agree, the very first one left aside when a later one is more lenient.
 */
export function capabilityOutcome(
  eras: readonly Era[],
  capability: number,
  version: string | undefined,
): Outcome | "too-old" {
  if (eras.length === 0) return "no";
  if (version === undefined) return agreed(eras, capability);
  const index = eras.findLastIndex(({ from }) => compareVersions(version, from) >= 0);
  return index < 0 ? "too-old" : outcomeAt(eras, index, capability);
}

/** Releases before 0.9 are not supposed where no version is named: they are older than any product that is supported. */
const OLDEST_SUPPOSED = "0.9.0";

function agreed(eras: readonly Era[], capability: number): Outcome {
  const outcomes = eras.flatMap((_, i) => {
    const next = eras[i + 1];
    const past = next !== undefined && compareVersions(next.from, OLDEST_SUPPOSED) <= 0;
    return past ? [] : [outcomeAt(eras, i, capability)];
  });
  const [first] = outcomes;
  return first !== undefined && outcomes.every((outcome) => outcome === first) ? first : "unclear";
}
