import { reason } from "../compatibility/context.ts";
import type { Reason } from "../compatibility/types.ts";
import type { Inventory } from "../inventory/types.ts";
import { type Packing, pack } from "./pack.ts";
import type { Packable, PackOption } from "./pack-groups.ts";
import { exceeded, shared } from "./quota.ts";
import type { Trial } from "./trial.ts";
import type { Decision, ModelDecision, Placement } from "./types.ts";

/** A model's decision by itself, with all that it was tried on. */
export interface Decided {
  decision: ModelDecision;
  trials: readonly Trial[];
}

export interface Together {
  verdict: Decision["verdict"];
  placed: Map<string, Placement>;
  unplaced: string[];
  reasons: Reason[];
  /** Those that run alone, as if there were no quotas; undefined: each of them has its place within these. */
  unlimited: Packing | undefined;
}

/**
 * The verdict on all models at once. GO: all find their devices, and nothing of that is unknown. NO-GO: they do not even
 * when all that is unknown turns out well. So more nodes, devices or memory never make it worse.
 */
export function decideTogether(decided: readonly Decided[], { quotas }: Inventory): Together {
  const sure = pack(decided.map(packable(["GO"])), quotas);
  const { placed, unplaced } = sure;
  if (decided.length > 0 && unplaced.length === 0)
    return { verdict: "GO", placed, unplaced, reasons: [], unlimited: undefined };
  const go = new Set(decided.flatMap(({ decision: { name, verdict } }) => (verdict === "GO" ? [name] : [])));
  const crowded = unplaced.filter((name) => go.has(name));
  const unlimited = crowded.length === 0 ? undefined : withoutQuotas(decided, quotas, sure);
  const told = (kind: Reason["kind"]): Reason[] => crowdedReasons(kind, crowded, unlimited, quotas);
  if (decided.some(({ decision: { verdict } }) => verdict.startsWith("NO-GO")))
    return { verdict: "NO-GO", placed, unplaced, reasons: told("memory"), unlimited };
  const hopeful = decided.filter(({ trials }) => trials.length > 0).map(packable(["GO", "UNKNOWN"]));
  const best = pack(hopeful, quotas);
  if (best.unplaced.length > 0 && !best.exhausted)
    return { verdict: "NO-GO", placed, unplaced, reasons: told("memory"), unlimited };
  const proof = sure.exhausted && go.size === decided.length ? [unproved(crowded)] : told("unknown");
  return { verdict: "UNKNOWN", placed, unplaced, reasons: proof, unlimited };
}

/** What a model may be put on, with the verdicts that count. */
export const packable =
  (verdicts: readonly string[]) =>
  ({ decision: { name }, trials }: Decided): Packable => ({
    name,
    options: trials.filter(({ verdict }) => verdicts.includes(verdict)).map(optionOf),
  });

const optionOf = ({ candidate, gpus }: Trial): PackOption => ({ candidate, gpus });

const unproved = (names: readonly string[]): Reason =>
  reason(
    "unknown",
    "packing-unproved",
    `each model runs by itself; no way was found to put ${names.join(", ")} beside the others, and the search was ended before it was clear that there is none`,
  );

/** A search may take seconds: where no quota counts, the one that was made says it. */
function withoutQuotas(decided: readonly Decided[], quotas: Inventory["quotas"], within: Packing): Packing {
  const runnable = decided.filter(({ decision }) => decision.verdict === "GO");
  const isSame = runnable.length === decided.length && shared(quotas).length === 0;
  return isSame ? within : pack(runnable.map(packable(["GO"])));
}

/** Why the models that run alone do not all run: a quota where they would fit without it, else too few devices. */
function crowdedReasons(
  kind: Reason["kind"],
  crowded: readonly string[],
  unlimited: Packing | undefined,
  quotas: Inventory["quotas"],
): Reason[] {
  if (unlimited === undefined) return [];
  const beyond = unlimited.unplaced.length > 0 ? [] : exceeded(unlimited.placed.values(), quotas);
  if (beyond.length > 0) return beyond;
  const unsure = kind === "unknown" ? "; whether it runs on what else is there is not known" : "";
  return crowded.map((name) =>
    reason(kind, "together", `${name} runs alone, but the other models leave it too few free GPUs${unsure}`),
  );
}
