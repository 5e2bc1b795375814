import { decisionLine } from "../decision/decide.ts";
import { TIGHT } from "../decision/remarks.ts";
import type { Decision, ModelDecision, ModelNeed } from "../decision/types.ts";
import { unknownGpus } from "../decision/unread.ts";
import { otherServings } from "../inventory/serving.ts";
import { taintText } from "../inventory/tolerations.ts";
import type { GpuPool, Inventory, NodeFacts } from "../inventory/types.ts";
import type { ModelFacts } from "../model/model-facts.ts";
import { termsOf } from "../requirements/requirements.ts";
import { masked } from "./masked.ts";
import type { AcceleratorReport, ModelReport, Report, StepReport } from "./types.ts";

/** Edits of one model's arguments. */
export interface OptimizedArguments {
  args: string[];
  changes: ModelDecision["nearest"];
}

export interface ReportInput {
  file: string;
  needs: readonly ModelNeed[];
  inventory: Inventory | undefined;
  decision: Decision;
  optimized: ReadonlyMap<string, OptimizedArguments>;
  steps: StepReport[];
  warnings: string[];
  qa?: Report["qa"];
}

/**
 * The report of a run, without secrets. The same run gives the same report: it holds no time and no place but those of the
 * input.
 */
export function buildReport(input: ReportInput): Report {
  const { file, needs, inventory, decision, optimized, steps, warnings, qa } = input;
  const { fits, unplaced, nearest } = decision.together;
  return masked({
    version: 1,
    file,
    verdict: decision.verdict,
    summary: summary(decision, inventory),
    steps,
    models: needs.map((need, i) => modelReport(need, decision.models[i]!, optimized.get(need.entry.name))),
    ...(inventory !== undefined && { accelerators: acceleratorReport(inventory) }),
    together: { fits, unplaced, nearest, reasons: decision.reasons },
    ...(qa !== undefined && { qa }),
    warnings,
  });
}

function summary({ verdict, models, together }: Decision, inventory: Inventory | undefined): string {
  const names = (wanted: (model: ModelDecision) => boolean) =>
    listed(models.filter(wanted).map(({ name }) => name));
  const count = models.length;
  if (verdict === "GO")
    return `${goText(models)} on ${count === 1 ? ownMachine(models[0]!, inventory) : machinesText(inventory)}`;
  const no = models.filter((model) => model.verdict.startsWith("NO-GO"));
  if (no.length > 0)
    return count === 1
      ? `the model does not run on ${machinesText(inventory)}`
      : `${no.length} of ${count} models ${no.length === 1 ? "does" : "do"} not run: ${names((model) => no.includes(model))}`;
  const single = models.every((model) => model.verdict === "GO");
  if (verdict === "UNKNOWN" && single && count > 0)
    return `each model runs by itself; whether all ${count} run at the same time cannot be told`;
  const unread = inventory && unknownGpus(inventory);
  if (unread !== undefined)
    return `it cannot be told where the ${count === 1 ? "model" : "models"} would run: ${unread.text}`;
  if (verdict === "UNKNOWN")
    return `it cannot be told of ${names((model) => model.verdict === "UNKNOWN") || "any model"}, and what is not known is no GO`;
  const unclear = names((model) => model.verdict === "UNKNOWN");
  if (unclear !== "")
    return `there are too few GPUs for all ${count} at the same time, whatever comes of ${unclear}, of which it cannot be told`;
  const crowded = listed(together.unplaced);
  return `each model runs by itself, but not all ${count} at the same time${crowded === "" ? "" : `: no GPUs are left for ${crowded}`}`;
}

const goText = ({ length }: readonly ModelDecision[]): string =>
  length === 1 ? "the model runs" : `all ${length} models run at the same time`;

/** Of several kinds of devices those that the model gets. */
function ownMachine({ placement }: ModelDecision, inventory: Inventory | undefined): string {
  const pools = inventory?.nodes.flatMap((node) => node.pools) ?? [];
  if (placement === undefined || pools.length < 2) return machinesText(inventory);
  const { gpus, product, node, resource } = placement;
  return `${gpus}x ${product} of ${node} (${resource})`;
}

const MOST_NAMES = 5;

const listed = (names: readonly string[]): string =>
  names.length <= MOST_NAMES
    ? names.join(", ")
    : `${names.slice(0, MOST_NAMES).join(", ")} and ${names.length - MOST_NAMES} more`;

/** `4x NVIDIA-L40S`, `2 nodes with 16x NVIDIA-H100-80GB-HBM3`. */
export function machinesText(inventory: Pick<Inventory, "nodes"> | undefined): string {
  const nodes = inventory?.nodes.filter(({ pools }) => pools.length > 0) ?? [];
  const counts = new Map<string, number>();
  for (const { product, allocatable } of nodes.flatMap(({ pools }) => pools))
    counts.set(product, (counts.get(product) ?? 0) + allocatable);
  if (counts.size === 0) return "machines without a GPU";
  const gpus = [...counts].map(([product, count]) => `${count}x ${product}`).join(", ");
  return nodes.length === 1 ? gpus : `${nodes.length} nodes with ${gpus}`;
}

export function modelReport(
  { entry, facts, unread }: ModelNeed,
  decision: ModelDecision,
  optimized: OptimizedArguments | undefined,
): ModelReport {
  const { name, image, line, outputType, gpuCount, args } = entry;
  const { verdict, reasons, settings, requirements, gpu, placement, nearest } = decision;
  const { validTensorParallel, vendorSupported } = decision;
  return {
    ...{ name, image, line, outputType, gpuCount, args },
    facts: facts && factsReport(facts),
    unread,
    verdict,
    verdictLine: decisionLine(decision),
    reasons,
    gpu: gpu && {
      ...{ id: gpu.id, name: gpu.name, family: gpu.family },
      ...{ memoryMiB: gpu.memoryMiB, capability: gpu.capability },
    },
    memory: requirements && memoryReport(requirements, decision),
    settings: {
      tensorParallel: settings.tensorParallel,
      pipelineParallel: settings.pipelineParallel,
      gpuMemoryUtilization: settings.gpuMemoryUtilization,
      kvCacheDtype: settings.kvCacheDtype,
      maxNumSeqs: settings.maxNumSeqs,
      maxNumBatchedTokens: settings.maxNumBatchedTokens,
    },
    placement,
    nearest,
    optimized: optimized && { args: optimized.args, changes: optimized.changes },
    validTensorParallel,
    vendorSupported,
  };
}

function memoryReport(
  requirements: NonNullable<ModelDecision["requirements"]>,
  { reasons }: ModelDecision,
): ModelReport["memory"] {
  const { gpus, total, budget, usable, margin, contextLength, largestContext } = requirements;
  const { concurrency, kvBytesPerToken, assumptions } = requirements;
  const terms = termsOf(requirements);
  return {
    ...{ gpus, terms, total, budget, usable, margin, contextLength, largestContext },
    tight: reasons.some(({ code }) => code === TIGHT),
    ...{ concurrency, kvBytesPerToken, assumptions },
  };
}

export function factsReport(facts: ModelFacts): NonNullable<ModelReport["facts"]> {
  const { source, estimatedFromName, digest, architecture, tensors, quantization } = facts;
  const { contextLimit, licence, container, evidence, problems } = facts;
  return {
    ...{ source, estimatedFromName, digest, architecture },
    parameters: tensors?.parameters ?? facts.parametersFromName,
    weightBytes: tensors?.bytes,
    quantization: quantization && {
      method: quantization.method,
      scheme: quantization.scheme,
      weightBits: quantization.weightBits,
      groupSize: quantization.groupSize,
      fromName: quantization.fromName,
    },
    ...{ contextLimit, licence, container, evidence, problems },
  };
}

export function acceleratorReport(inventory: Inventory): AcceleratorReport {
  const { source, complete, nodes, runtime, problems } = inventory;
  const others = otherServings(inventory).map(({ vendor, runtime }) => [vendor, runtime]);
  return {
    ...{ source, complete, nodes: nodes.map(nodeReport), runtime, problems },
    ...(others.length > 0 && { otherRuntimes: Object.fromEntries(others) }),
  };
}

const nodeReport = (node: NodeFacts): AcceleratorReport["nodes"][number] => ({
  name: node.name,
  ready: node.ready,
  schedulable: node.schedulable,
  architecture: node.architecture,
  instanceType: node.instanceType,
  provider: node.provider,
  taints: node.taints.map(taintText),
  gpus: node.pools.map(gpuReport),
});

function gpuReport(pool: GpuPool): AcceleratorReport["nodes"][number]["gpus"][number] {
  const { product, resource, capacity, allocatable, allocated, mig, replicas, driver, cuda } = pool;
  return {
    product,
    known: pool.type !== undefined,
    resource,
    family: pool.type?.family,
    memoryMiB: pool.memoryMiB ?? pool.type?.memoryMiB,
    capability: pool.capability ?? pool.type?.capability,
    ...{ capacity, allocatable },
    free: allocated === undefined ? undefined : Math.max(0, allocatable - allocated),
    ...{ mig, replicas, driver, cuda },
  };
}
