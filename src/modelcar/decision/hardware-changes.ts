import { validTensorParallel } from "../compatibility/structure.ts";
import type { GpuType } from "../gpus/types.ts";
import type { Inventory } from "../inventory/types.ts";
import { MIB } from "../requirements/units.ts";
import { devicesOf, SERVER_DEVICES } from "../settings/devices.ts";
import { argumentChanges } from "./argument-changes.ts";
import { changeWith } from "./change-text.ts";
import { onNode, otherGpus } from "./other-nodes.ts";
import { roomOf } from "./pools.ts";
import { spread } from "./spread.ts";
import type { Question } from "./step.ts";
import { kindTrials, type Trial, type Tried } from "./trial.ts";
import type { Change } from "./types.ts";

/** So many devices of one server, with the edits that spread the model over them. */
interface Plan {
  tried: Tried;
  devices: number;
  edits: Change[];
}

/** Tensor-parallel sizes with which the model, its stages and replicas included, finds room in one server. */
const serverSizes = ({ evaluation: { context } }: Trial): number[] =>
  validTensorParallel(
    context,
    Math.floor(SERVER_DEVICES / devicesOf({ ...context.settings, tensorParallel: 1 })),
  );

/** As many devices as the arguments ask for, then the fewest first. */
export function plans({ tried, now }: Question): Plan[] {
  const { settings } = now.evaluation;
  const spreads = serverSizes(now).map((size) => {
    const { entry, devices, change } = spread(tried.entry, settings, size);
    const why = `the model spreads over ${devices} GPUs`;
    return { tried: { ...tried, entry }, devices, edits: [change(why)] };
  });
  return [{ tried, devices: now.gpus, edits: [] }, ...spreads];
}

/** More of the same GPUs in one node: as many as the arguments ask for, else the fewest that are enough. */
export function moreGpus(question: Question): Change[] {
  const { inventory, now } = question;
  const { candidate, evaluation } = now;
  const { gpu } = evaluation.context;
  const room = roomOf(candidate);
  const larger = plans(question).filter(({ edits, devices }) => edits.length === 0 || devices > room);
  const node = (_: GpuType, count: number): Inventory => onNode(inventory, gpu, count, candidate);
  const alone = "as many of these GPUs, free in one node";
  return firstOffer(offers(larger, [gpu], node), question, { what: "GPUs", alone });
}

/** The fewest and then the smallest other GPUs that are enough; older ones only where no current one is. */
export function otherGpu(question: Question): Change[] {
  const { inventory, now } = question;
  const all = plans(question);
  const node = (gpu: GpuType, count: number): Inventory => onNode(inventory, gpu, count);
  for (const gpus of otherGpus(now.evaluation.context.gpu)) {
    const alone = "with the arguments as they are";
    const found = firstOffer(offers(all, gpus, node), question, { what: "GPU", alone });
    if (found.length > 0) return found;
  }
  return [];
}

/** A plan on a node of its own. */
interface Offer {
  plan: Plan;
  inventory: Inventory;
  trial: Trial;
}

/** Each plan on each GPU, where at least the weights find room. */
function* offers(
  plans: readonly Plan[],
  gpus: readonly GpuType[],
  nodeOf: (gpu: GpuType, count: number) => Inventory,
): Generator<Offer> {
  for (const plan of plans) {
    let weights = 0;
    for (const gpu of gpus) {
      if (gpu.memoryMiB * MIB < weights) continue;
      const inventory = nodeOf(gpu, plan.devices);
      const [trial] = kindTrials(plan.tried, inventory);
      weights = trial?.evaluation.requirements?.weights.bytes ?? 0;
      if (trial !== undefined && gpu.memoryMiB * MIB >= weights) yield { plan, inventory, trial };
    }
  }
}

/** Offers for which edits of arguments are looked for. */
const MOST_EDITED = 6;

/** The first that is a GO; where none is, the first that is one with edits of arguments. */
function firstOffer(
  all: Iterable<Offer>,
  { withEdits }: Question,
  words: { what: string; alone: string },
): Change[] {
  const tell = ({ plan, trial }: Offer, more: readonly Change[] = []): Change[] => {
    const value = `${plan.devices}x ${trial.evaluation.context.gpu.name}`;
    const edits = [...plan.edits, ...more];
    const why = edits.length === 0 ? words.alone : "on one node with as many";
    return [changeWith({ kind: "hardware", what: words.what, value, why }, edits)];
  };
  const rest: Offer[] = [];
  for (const offer of all) {
    if (offer.trial.verdict === "GO") return tell(offer);
    rest.push(offer);
  }
  if (!withEdits) return [];
  for (const offer of rest.slice(0, MOST_EDITED)) {
    const edits = editsOf(offer);
    if (edits !== undefined) return tell(offer, edits);
  }
  return [];
}

/** Edits that leave the model spread as the plan has it. */
const editsOf = ({ plan, inventory, trial }: Offer): Change[] | undefined =>
  argumentChanges(plan.tried, inventory, trial).find(
    ({ steps }) => !steps.some(({ what }) => what === "--tensor-parallel-size"),
  )?.steps;
