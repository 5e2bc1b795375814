import { counted } from "../../base/counted.ts";
import { ExpectedError } from "../../base/errors.ts";
import { decide } from "../decision/decide.ts";
import type { Decision, ModelNeed } from "../decision/types.ts";
import { unknownGpus } from "../decision/unread.ts";
import { VENDOR_NAMES } from "../gpus/vendor-names.ts";
import { otherServings } from "../inventory/serving.ts";
import type { Inventory } from "../inventory/types.ts";
import { problemLine } from "../manifest/types.ts";
import { optimizeFor, tidied } from "../optimize/optimize.ts";
import { buildReport, machinesText, type OptimizedArguments } from "../report/build.ts";
import type { CheckReport, QaReport, Report, StepReport } from "../report/types.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import { type Checklist, checklist } from "./checklist.ts";
import { NOMINAL_TEXT, withoutMachines } from "./nominal.ts";
import { readNeeds } from "./read-needs.ts";
import type { QaRun, Supervised, SupervisorEvent, SupervisorInput } from "./types.ts";

/**
 * The specialists in order: configuration, accelerators, decision, and QA where it is asked for. A step that fails is
 * marked, and what the others found is kept; what could not be told is UNKNOWN, never GO. Rejects with the signal's
 * reason and defects alone.
 */
export async function supervise(input: SupervisorInput): Promise<Supervised> {
  const emit = (event: SupervisorEvent): void => input.onEvent?.(event);
  const configured = await configuration(input, emit);
  const { needs } = configured;
  const accelerated = await accelerators(input, needs, emit);
  const { inventory } = accelerated;
  const draft = decision(input, needs, inventory, [configured.step, accelerated.step], emit);
  const report = await qa(input, needs, inventory, draft, emit);
  return { report, needs, inventory };
}

type Emit = (event: SupervisorEvent) => void;

async function configuration(
  { car, world, bootstrap }: SupervisorInput,
  emit: Emit,
): Promise<{ needs: ModelNeed[]; step: StepReport }> {
  const list = checklist("Configuration", emit);
  const { models, warnings } = car;
  list.done("Load the model-car", `${car.file}: ${counted(models.length, "model")}`);
  for (const warning of warnings) list.failed("Check the file", problemLine(warning));
  const known = bootstrap?.facts ?? new Map();
  if (bootstrap !== undefined) {
    const kept = models.filter(({ image }) => known.has(image)).length;
    list.done("Load cached requirements", `${kept} of ${models.length} from ${bootstrap.from}`);
  }
  const needs = await readNeeds(models, world, {
    known,
    onRead: ({ name }) => emit({ type: "progress", text: `read ${name}` }),
  });
  tickRead(needs, list);
  return { needs, step: list.end({ needs }) };
}

function tickRead(needs: readonly ModelNeed[], list: Checklist): void {
  const unread = needs.filter(({ facts }) => facts === undefined || facts.estimatedFromName);
  const read = `${needs.length - unread.length} of ${needs.length}`;
  const text = "Read what the models need";
  if (unread.length === 0) list.done(text, read);
  else list.failed(text, `${read}; ${unreadText(unread)}`);
  for (const { entry, facts } of needs)
    for (const problem of facts?.problems ?? []) list.failed(`Read ${entry.name}`, problem);
}

/** Of what the names of models told, and of what they did not. */
function unreadText(unread: readonly ModelNeed[]): string {
  const { guessed = [], unknown = [] } = Object.groupBy(unread, ({ facts }) =>
    facts?.parametersFromName === undefined ? "unknown" : "guessed",
  );
  const names = (needs: readonly ModelNeed[]): string => needs.map(({ entry }) => entry.name).join(", ");
  return [
    ...(guessed.length === 0 ? [] : [`estimated from the name: ${names(guessed)}`]),
    ...(unknown.length === 0 ? [] : [`not known: ${names(unknown)}`]),
  ].join("; ");
}

async function accelerators(
  input: SupervisorInput,
  needs: readonly ModelNeed[],
  emit: Emit,
): Promise<{ inventory: Inventory | undefined; step: StepReport }> {
  const list = checklist("Accelerator Compatibility", emit);
  emit({ type: "progress", text: `look at ${input.machines}` });
  try {
    const { inventory, checks } = await input.inspect();
    for (const { text, status, detail } of checks) list[status](text, detail);
    tickInventory(inventory, input.machines, list);
    if (inventory.problems.length > 0) await tickProblems(inventory, checks, list);
    return { inventory, step: list.end({ needs, inventory }) };
  } catch (thrown) {
    input.world.signal?.throwIfAborted();
    if (!(thrown instanceof ExpectedError)) throw thrown;
    list.failed(`Look at ${input.machines}`);
    return { inventory: undefined, step: list.end({ needs }, thrown) };
  }
}

function tickInventory(inventory: Inventory, machines: string, list: Checklist): void {
  const look = `Look at ${machines}`;
  if (unknownGpus(inventory) !== undefined) list.failed(look, "which GPUs it has is not known");
  else {
    list.done(look, machinesText(inventory));
    tickGpus(inventory, list);
  }
  tickRuntime(inventory.runtime, "Know the runtime", list);
  for (const { vendor, runtime } of otherServings(inventory))
    tickRuntime(runtime, `Know the runtime for ${VENDOR_NAMES[vendor]}`, list);
}

function tickRuntime({ version, evidence }: RuntimeVersion, what: string, list: Checklist): void {
  if (version === undefined) list.skipped(what, evidence);
  else list.done(what, `vLLM ${version} (${evidence})`);
}

function tickGpus(inventory: Inventory, list: Checklist): void {
  const pools = inventory.nodes.flatMap(({ pools }) => pools);
  const unknown = pools.filter(({ type }) => type === undefined).map(({ product }) => product);
  if (pools.length === 0) list.failed("Find GPUs", "there are none");
  else if (unknown.length > 0) list.failed("Know the GPUs", `not known: ${[...new Set(unknown)].join(", ")}`);
  else list.done("Know the GPUs", [...new Set(pools.map(({ type }) => type!.name))].join(", "));
}

async function tickProblems(
  inventory: Inventory,
  checks: readonly CheckReport[],
  list: Checklist,
): Promise<void> {
  const { problemCheck, untoldProblems } = await import("./inventory-problems.ts");
  for (const problem of untoldProblems(inventory, checks)) list.failed(...problemCheck(problem));
}

function decision(
  { car, runtime }: SupervisorInput,
  needs: ModelNeed[],
  found: Inventory | undefined,
  steps: StepReport[],
  emit: Emit,
): Report {
  const list = checklist("Deployment Decision", emit);
  const inventory = found ?? nothingKnown(runtime);
  const isNowhere = found === undefined || unknownGpus(found) !== undefined;
  const decided = isNowhere ? withoutMachines(needs, inventory) : decide(needs, inventory);
  const { models, together } = decided;
  const told = models.filter(({ requirements }) => requirements !== undefined).length;
  const onWhat = isNowhere ? `, for ${NOMINAL_TEXT}` : "";
  list.done("Estimate memory, each term by its formula", `${told} of ${models.length}${onWhat}`);
  list.done("Check kernels, shapes and releases by their rules");
  list.done(
    "Put all models on the GPUs at the same time",
    `${together.placed.length} of ${models.length} placed`,
  );
  const optimized = optimizedArguments(needs, inventory, decided);
  list.done("Look for the fewest edits that help", edited(optimized));
  const input = {
    file: car.file,
    needs,
    decision: decided,
    optimized,
    warnings: car.warnings.map(problemLine),
  };
  const report = buildReport({ ...input, inventory: found, steps });
  list.done("Issue the verdict", report.verdict);
  const step = list.end({ needs, inventory: found, report });
  return { ...report, steps: [...steps, step] };
}

const nothingKnown = (runtime: Inventory["runtime"]): Inventory => ({
  ...{ source: "cluster", nodes: [], quotas: [], tolerations: [], problems: [] },
  ...{ runtime, complete: false },
});

function optimizedArguments(
  needs: readonly ModelNeed[],
  inventory: Inventory,
  { models }: Decision,
): Map<string, OptimizedArguments> {
  const edits = needs.flatMap((need, i): [string, OptimizedArguments][] => {
    const { verdict, settings } = models[i]!;
    if (verdict === "UNKNOWN") return [];
    const { args, changes } = verdict === "GO" ? tidied(need.entry, settings) : optimizeFor(need, inventory);
    return changes.length > 0 ? [[need.entry.name, { args, changes }]] : [];
  });
  return new Map(edits);
}

const edited = ({ size }: ReadonlyMap<string, unknown>): string =>
  size === 0 ? "none" : `for ${counted(size, "model")}`;

async function qa(
  input: SupervisorInput,
  needs: readonly ModelNeed[],
  inventory: Inventory | undefined,
  draft: Report,
  emit: Emit,
): Promise<Report> {
  const list = checklist("QA Validation", emit);
  const run = await qaRun(input, needs, inventory);
  const result = typeof run === "string" ? undefined : await follow(run, list);
  if (typeof run === "string") list.skipped("Run the models for real", run);
  const report: Report = { ...draft, ...(result !== undefined && { qa: result }) };
  const step = list.end({ needs, inventory, report });
  return { ...report, steps: [...draft.steps, step] };
}

/** What is to be run, or why nothing is. */
async function qaRun(
  { qa }: SupervisorInput,
  needs: readonly ModelNeed[],
  inventory: Inventory | undefined,
): Promise<QaRun | string> {
  if (qa === undefined) return "not asked for";
  if (inventory?.source !== "cluster") return "it needs a cluster that was read without a failure";
  if (unknownGpus(inventory) !== undefined) return "which GPUs the cluster has is not known";
  return (await qa(needs, inventory)) ?? "no model is deployable";
}

async function follow({ what, run }: QaRun, list: Checklist): Promise<QaReport> {
  list.done("Take the models that are deployable, with the arguments that start", what);
  const result = await run();
  const tick = result.code === "QA_OK" ? list.done : list.failed;
  tick("Run the models for real", `${result.code}: ${result.text}`);
  return result;
}
