import { reason } from "../compatibility/context.ts";
import { validTensorParallel } from "../compatibility/structure.ts";
import { vendorSupport } from "../compatibility/vendor.ts";
import { bytesText, GIB } from "../requirements/units.ts";
import { servingSettings } from "../settings/settings.ts";
import type { Decision, Inventory, ModelDecision, ModelNeed, Reason, Verdict } from "../types.ts";
import { type Evaluation, evaluate, inOrder, verdictOf } from "./evaluate.ts";
import { argumentChanges, otherChanges } from "./nearest.ts";
import { type Packable, pack, placement } from "./pack.ts";
import { type Candidate, candidates, capacityReasons } from "./pools.ts";

/** A model on one candidate, the node's own facts included. */
interface Trial {
  candidate: Candidate;
  evaluation: Evaluation;
  verdict: Verdict;
  reasons: Reason[];
  gpus: number;
}

interface Decided {
  decision: ModelDecision;
  options: Packable["options"];
}

/**
 * Whether these models will serve on this inventory: each by itself, and all at once, since they share the devices.
 * Deterministic; what is not known makes UNKNOWN, never GO.
 */
export function decide(models: readonly ModelNeed[], inventory: Inventory): Decision {
  const devices = candidates(inventory);
  const decided = models.map((need) => decideOne(need, inventory, devices));
  const packing = pack(decided.map(({ decision, options }) => ({ name: decision.name, options })));
  const single = decided.map(({ decision }) => ({
    ...decision,
    placement: packing.placed.get(decision.name) ?? decision.placement,
  }));
  const crowded = single.filter(({ name, verdict }) => verdict === "GO" && packing.unplaced.includes(name));
  const reasons = [...crowdedReasons(crowded), ...overQuota(packing.placed, inventory)];
  const fits = reasons.length === 0 && single.every(({ verdict }) => verdict === "GO");
  return {
    verdict: overall(single, fits),
    models: single,
    together: { fits, placed: [...packing.placed.values()], unplaced: packing.unplaced },
    reasons,
    runtime: inventory.runtime,
  };
}

function overall(models: readonly ModelDecision[], fits: boolean): Decision["verdict"] {
  if (models.some(({ verdict }) => verdict.startsWith("NO-GO"))) return "NO-GO";
  if (models.length === 0 || models.some(({ verdict }) => verdict === "UNKNOWN")) return "UNKNOWN";
  return fits ? "GO" : "NO-GO";
}

const crowdedReasons = (crowded: readonly ModelDecision[]): Reason[] =>
  crowded.map(({ name }) =>
    reason("memory", "together", `${name} runs alone, but the other models leave it too few free GPUs`),
  );

function overQuota(
  placed: ReadonlyMap<string, { resource: string; gpus: number }>,
  inventory: Inventory,
): Reason[] {
  return inventory.quotas.flatMap(({ name, resource, hard, used }) => {
    const own = resource.replace(/^(requests|limits)\./, "");
    const asked = [...placed.values()].reduce((sum, one) => sum + (one.resource === own ? one.gpus : 0), 0);
    if (asked === 0 || used + asked <= hard) return [];
    return [
      reason(
        "blocks",
        "quota",
        `quota ${name} allows ${hard} of ${own}; ${used} are used and all models together ask for ${asked}`,
      ),
    ];
  });
}

function decideOne(
  need: ModelNeed,
  inventory: Inventory,
  { open, excluded }: ReturnType<typeof candidates>,
): Decided {
  const { facts } = need;
  if (facts === undefined)
    return without(need, inventory, [
      reason("unknown", "model-unread", need.unread ?? "the model could not be read"),
    ]);
  if (open.length === 0) {
    const kind = inventory.complete ? "blocks" : "unknown";
    const none = reason(kind, "no-gpus", "the inventory has no GPU that a pod could get");
    return without(need, inventory, [none, ...excluded.map((one) => one.reason)]);
  }
  const evaluated = new Map<string, Evaluation>();
  const trials = open.map((candidate) => tryOn(candidate, need, inventory, evaluated));
  const best = trials.reduce((a, b) => (better(b, a) ? b : a));
  const options = trials
    .filter(({ verdict }) => verdict === "GO")
    .map(({ candidate, gpus }) => ({ candidate, gpus }));
  const skipped = excluded.map(({ reason: { code, text } }) => reason("note", code, text));
  return {
    decision: { ...modelDecision(need, best, inventory), reasons: [...best.reasons, ...skipped] },
    options,
  };
}

/** `evaluated` keeps what was worked out for this model by kind of GPU: nodes of a cluster are mostly alike. */
function tryOn(
  candidate: Candidate,
  { entry, facts }: ModelNeed,
  inventory: Inventory,
  evaluated: Map<string, Evaluation>,
): Trial {
  const known = candidate.gpu;
  const gpu = known ?? UNKNOWN_GPU;
  const key = JSON.stringify(gpu);
  const evaluation =
    evaluated.get(key) ?? evaluate({ entry, facts: facts!, gpu, runtime: inventory.runtime });
  evaluated.set(key, evaluation);
  const { tensorParallel, pipelineParallel, dataParallel } = evaluation.settings;
  const gpus = tensorParallel * pipelineParallel * dataParallel;
  const capacity = capacityReasons(candidate, gpus, facts!, inventory);
  const own = known === undefined ? unknownGpu(candidate, evaluation) : evaluation.reasons;
  const reasons = inOrder([...own, ...capacity]);
  return { candidate, evaluation, verdict: verdictOf(reasons), reasons, gpus };
}

/** Stands in where the product is not known, so that settings can be read; nothing is decided on it. */
const UNKNOWN_GPU = {
  id: "unknown",
  name: "unknown",
  vendor: "nvidia",
  family: "ampere",
  memoryMiB: 0,
  capability: undefined,
  gfx: undefined,
  interconnect: "unknown",
  source: "",
} as const;

function unknownGpu({ pool, node }: Candidate, { reasons }: Evaluation): Reason[] {
  const text = `the GPU "${pool.product}" of ${node.name} is not known: neither its memory nor what it can run`;
  const still = reasons.filter(({ code }) => /^(argument|tp-|context|batch|architecture|pp-)/.test(code));
  return [reason("unknown", "gpu-unknown", text), ...still];
}

const RANK: readonly Verdict[] = ["GO", "UNKNOWN", "NO-GO (memory)", "NO-GO (unsupported)"];

/** A better verdict; of equal ones, for a GO the device that is just enough, else the one that lacks least. */
function better(a: Trial, b: Trial): boolean {
  const rank = RANK.indexOf(a.verdict) - RANK.indexOf(b.verdict);
  if (rank !== 0) return rank < 0;
  const [left, right] = [a, b].map(({ evaluation }) => evaluation.requirements?.margin ?? -Infinity);
  return a.verdict === "GO" ? left! < right! : left! > right!;
}

function modelDecision({ entry, facts }: ModelNeed, best: Trial, inventory: Inventory): ModelDecision {
  const { evaluation, candidate, verdict, gpus } = best;
  const { settings, requirements, context } = evaluation;
  const gpu = candidate.gpu;
  const known = gpu === undefined ? undefined : { entry, facts: facts!, gpu, runtime: inventory.runtime };
  const devices = candidate.free ?? candidate.devices;
  const nearest =
    known === undefined || verdict === "GO"
      ? []
      : [
          ...argumentChanges(known, evaluation, devices).map(({ change }) => change),
          ...otherChanges(known, evaluation, devices),
        ].slice(0, MAX_CHANGES);
  return {
    name: entry.name,
    verdict,
    reasons: best.reasons,
    settings,
    requirements: gpu === undefined ? undefined : requirements,
    gpu,
    placement: verdict === "GO" ? placement(candidate, gpus) : undefined,
    marginGiB: gpu === undefined || requirements === undefined ? undefined : requirements.margin / GIB,
    nearest,
    validTensorParallel: context.shape === undefined ? [] : validTensorParallel(context),
    vendorSupported: gpu === undefined ? undefined : vendorSupport(facts?.quantization, gpu),
  };
}

const MAX_CHANGES = 6;

function without({ entry, facts }: ModelNeed, { runtime }: Inventory, reasons: Reason[]): Decided {
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
    nearest: [],
    validTensorParallel: [],
    vendorSupported: undefined,
  };
  return { decision, options: [] };
}

/** One line that tells a decision: "GO: 20.3 GiB of 39.9 GiB a GPU". */
export function decisionLine({ verdict, requirements, reasons }: ModelDecision): string {
  const decisive = reasons[0];
  if (verdict !== "GO" || requirements === undefined) return `${verdict}: ${decisive?.text ?? ""}`;
  return `GO: ${bytesText(requirements.total)} of ${bytesText(requirements.budget)} a GPU`;
}
