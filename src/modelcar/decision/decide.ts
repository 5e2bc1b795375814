import { inOrder, reason } from "../compatibility/context.ts";
import { validTensorParallel } from "../compatibility/structure.ts";
import type { Reason } from "../compatibility/types.ts";
import { vendorSupport } from "../compatibility/vendor.ts";
import type { Inventory, NodeFacts } from "../inventory/types.ts";
import { bytesText, GIB } from "../requirements/units.ts";
import { servingSettings } from "../settings/settings.ts";
import { closedReasons } from "./closed.ts";
import { verdictOf } from "./evaluate.ts";
import { nearestChanges } from "./nearest.ts";
import { placement } from "./pack.ts";
import { candidates } from "./pools.ts";
import { isAt, remarks, TIGHT } from "./remarks.ts";
import { type Decided, decideTogether } from "./together.ts";
import { togetherChanges } from "./together-changes.ts";
import { byVerdict, type Trial, type Tried, trialsOf } from "./trial.ts";
import type { Change, Decision, ModelDecision, ModelNeed, Placement } from "./types.ts";
import { noGpus, unreadNodes } from "./unread.ts";

/**
 * Whether these models will serve on this inventory: each by itself, and all at once, since they share the devices.
 * Deterministic; what is not known makes UNKNOWN, never GO.
 */
export function decide(models: readonly ModelNeed[], inventory: Inventory): Decision {
  const decided = eachOf(models, inventory);
  const { verdict, placed, unplaced, reasons, unlimited } = decideTogether(decided, inventory);
  const more = (node: NodeFacts): Trial[][] => trialsOn(models, inventory, node);
  return {
    verdict,
    models: decided.map((one) => asPlaced(one, placed.get(one.decision.name), inventory)),
    together: {
      ...{ fits: verdict === "GO", placed: [...placed.values()], unplaced },
      nearest: verdict === "GO" ? [] : togetherChanges(decided, unlimited, inventory, more),
    },
    reasons,
    runtime: inventory.runtime,
  };
}

function eachOf(models: readonly ModelNeed[], inventory: Inventory): Single[] {
  const devices = candidates(inventory);
  return models.map((need) => decideOne(need, inventory, devices));
}

/** Each model on one node alone. */
function trialsOn(models: readonly ModelNeed[], inventory: Inventory, node: NodeFacts): Trial[][] {
  const { open } = candidates({ ...inventory, nodes: [node] });
  return models.map(({ entry, facts }) =>
    facts === undefined ? [] : trialsOf({ entry, facts }, inventory, open),
  );
}

/** A decision that can be told for each of the devices that were tried. */
interface Single extends Decided {
  best?: Trial;
  on?: (trial: Trial) => ModelDecision;
}

/** What is told of a GO is told of the devices that it gets. */
function asPlaced(
  { decision, trials, best, on }: Single,
  placed: Placement | undefined,
  { source }: Inventory,
): ModelDecision {
  const where = placed ?? decision.placement;
  const trial = where && trials.find(({ candidate }) => isAt(candidate, where));
  if (where === undefined || trial === undefined || on === undefined) return decision;
  const told = { ...(trial === best ? decision : on(trial)), placement: where };
  return { ...told, reasons: inOrder([...told.reasons, ...remarks(trial, where, trials, source)]) };
}

function decideOne(
  { entry, facts, unread }: ModelNeed,
  inventory: Inventory,
  { open, excluded }: ReturnType<typeof candidates>,
): Single {
  if (facts === undefined)
    return without({ entry, facts }, inventory, [
      reason("unknown", "model-unread", unread ?? "the model could not be read"),
    ]);
  const tried = { entry, facts };
  const trials = trialsOf(tried, inventory, open);
  const best = trials.reduce<Trial | undefined>(
    (a, b) => (a === undefined || byVerdict(b, a) < 0 ? b : a),
    undefined,
  );
  const isGo = best?.verdict === "GO";
  const nearest = isGo ? [] : nearestChanges(tried, inventory, trials, excluded);
  if (best === undefined) {
    return without(
      tried,
      inventory,
      [noGpus(inventory), ...closedReasons(entry, inventory, excluded)],
      nearest,
    );
  }
  const skipped = excluded.map(({ reason: { code, text } }) => reason("note", code, text));
  const more = [...(isGo ? [] : unreadNodes(inventory)), ...skipped];
  const on = (trial: Trial) => modelDecision(tried, trial, nearest, [...trial.reasons, ...more]);
  return { decision: on(best), trials, best, on };
}

function modelDecision(
  { entry, facts }: Tried,
  best: Trial,
  nearest: Change[],
  reasons: Reason[],
): ModelDecision {
  const { evaluation, candidate, verdict, gpus } = best;
  const { settings, requirements, context } = evaluation;
  const { gpu } = candidate;
  return {
    name: entry.name,
    verdict,
    reasons,
    settings,
    requirements: gpu === undefined ? undefined : requirements,
    gpu,
    placement: verdict === "GO" ? placement(candidate, gpus) : undefined,
    marginGiB: gpu === undefined || requirements === undefined ? undefined : requirements.margin / GIB,
    nearest,
    validTensorParallel: context.shape === undefined ? [] : validTensorParallel(context),
    vendorSupported: gpu === undefined ? undefined : vendorSupport(facts.quantization, gpu),
  };
}

function without(
  { entry, facts }: Pick<ModelNeed, "entry" | "facts">,
  { runtime }: Inventory,
  reasons: Reason[],
  nearest: Change[] = [],
): Decided {
  const settings = servingSettings(entry, { runtime, gpu: undefined, contextLimit: facts?.contextLimit });
  const decision: ModelDecision = {
    name: entry.name,
    verdict: verdictOf(reasons),
    reasons,
    settings,
    requirements: undefined,
    gpu: undefined,
    placement: undefined,
    marginGiB: undefined,
    nearest,
    validTensorParallel: [],
    vendorSupported: undefined,
  };
  return { decision, trials: [] };
}

/** One line that tells a decision: "GO: 20.3 GiB of 39.9 GiB a GPU". */
export function decisionLine({ verdict, requirements, reasons }: ModelDecision): string {
  const decisive = reasons[0];
  if (verdict !== "GO" || requirements === undefined) return `${verdict}: ${decisive?.text ?? ""}`;
  const tight = reasons.some(({ code }) => code === TIGHT) ? " (tight)" : "";
  return `GO: ${bytesText(requirements.total)} of ${bytesText(requirements.budget)} a GPU${tight}`;
}
