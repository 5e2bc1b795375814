import { validTensorParallel } from "../compatibility/structure.ts";
import type { GpuType } from "../gpus/types.ts";
import { taintText, tolerationOf } from "../inventory/tolerations.ts";
import type { Inventory } from "../inventory/types.ts";
import { quantizationFacts } from "../quantization/facts.ts";
import type { QuantizationFacts } from "../quantization/types.ts";
import { compareVersions } from "../runtime/version.ts";
import { devicesOf } from "../settings/devices.ts";
import { withoutArgument } from "../settings/edit.ts";
import { largerGpus, onNode } from "./other-nodes.ts";
import { candidates, type Excluded } from "./pools.ts";
import { raised, taken } from "./quota.ts";
import { spread } from "./spread.ts";
import { goes, type Trial, type Tried, trialsOf } from "./trial.ts";
import type { Change } from "./types.ts";

/** What a change is asked of: a model on an inventory, with the trial that is nearest to a GO. */
interface Question {
  tried: Tried;
  inventory: Inventory;
  now: Trial;
}

/**
 * Beyond arguments: another runtime, what the cluster's administrator may change, another checkpoint, more or other GPUs.
 * Each was applied, and `decide` then says GO.
 */
export function otherChanges(tried: Tried, inventory: Inventory, now: Trial): Change[] {
  const question = { tried, inventory, now };
  const more = moreGpus(question);
  return [
    ...releaseChange(question),
    ...quotaChange(question),
    ...imageChange(question),
    ...(now.evaluation.verdict === "GO" ? [] : quantizationChange(question)),
    ...more,
    ...(now.evaluation.verdict === "GO" && more.length > 0 ? [] : otherGpu(question)),
  ];
}

/** A release in which all that is missing from this one is there. */
function releaseChange({ tried, inventory, now }: Question): Change[] {
  const late = now.reasons.filter(({ kind, release }) => kind === "blocks" && release !== undefined);
  const [first, ...rest] = late;
  if (first === undefined) return [];
  const last = rest.reduce((a, b) => (compareVersions(b.release!, a.release!) > 0 ? b : a), first);
  const runtime = { ...inventory.runtime, version: last.release };
  if (!goes(tried, { ...inventory, runtime })) return [];
  return [{ kind: "runtime", what: "vLLM", value: last.release, why: last.text }];
}

/** A quota that allows what is missing. */
function quotaChange({ tried, inventory, now }: Question): Change[] {
  const { resource: devices } = now.candidate.pool;
  const { quotas } = inventory;
  const more = raised(quotas, quotas, (quota) => taken(quota, devices, now.gpus));
  if (more === undefined || !goes(tried, { ...inventory, quotas: more.quotas })) return [];
  return [{ kind: "cluster", what: "quota", value: more.value, why: "raised by so much it lets the pod in" }];
}

/** The tolerations with which a pod gets the devices of a node that was left out. */
export function tolerationChanges(
  tried: Tried,
  inventory: Inventory,
  excluded: readonly Excluded[],
): Change[] {
  const sets = new Map(
    excluded
      .filter(({ taints }) => taints.length > 0)
      .map(({ node, taints }) => [taints.map(taintText).join(", "), { node, taints }]),
  );
  const [offer] = [...sets].filter(([, { taints }]) =>
    goes(tried, { ...inventory, tolerations: [...inventory.tolerations, ...taints.map(tolerationOf)] }),
  );
  if (offer === undefined) return [];
  const [value, { node }] = offer;
  return [{ kind: "cluster", what: "toleration", value, why: `with it the pod may run on ${node}` }];
}

function imageChange({ tried, inventory, now }: Question): Change[] {
  const { architecture } = now.candidate.node;
  const { container } = tried.facts;
  if (architecture === undefined || container === undefined) return [];
  const { architectures } = container;
  if (architectures.length === 0 || architectures.includes(architecture)) return [];
  const facts = {
    ...tried.facts,
    container: { ...container, architectures: [...architectures, architecture] },
  };
  if (!goes({ ...tried, facts }, inventory)) return [];
  const why = `an image of this model that is also built for ${architecture}`;
  return [{ kind: "model", what: "image", value: `linux/${architecture}`, why }];
}

const PICKS: readonly [string, QuantizationFacts][] = [
  ["FP8 (W8A8)", quantizationFacts("compressed-tensors", "w8a8-fp8", { weightBits: 8, activationBits: 8 })],
  ["INT8 (W8A8)", quantizationFacts("compressed-tensors", "w8a8-int8", { weightBits: 8, activationBits: 8 })],
  [
    "INT4 (W4A16)",
    quantizationFacts("compressed-tensors", "w4a16", { weightBits: 4, groupSize: 128, symmetric: true }),
  ],
];

/** The mildest quantization of a model in 16 bits, or another for one that the GPU cannot run, that would start. */
function quantizationChange({ tried: { entry, facts }, inventory, now }: Question): Change[] {
  if (facts.config === undefined) return [];
  const args = withoutArgument(entry.args, "quantization");
  const pick = PICKS.find(
    ([, quantization]) =>
      quantization.scheme !== facts.quantization?.scheme &&
      goes({ entry: { ...entry, args }, facts: { ...facts, tensors: undefined, quantization } }, inventory),
  );
  if (pick === undefined) return [];
  const edit = args.length === entry.args.length ? "" : ", without --quantization";
  const why = `a checkpoint of this model in ${pick[0]} fits and runs on ${gpuName(now)}${edit}`;
  return [{ kind: "model", what: "quantization", value: pick[0], why }];
}

const gpuName = ({ evaluation }: Trial): string => evaluation.context.gpu.name;

/** Servers with more GPUs than this are rare. */
const SERVER = 8;

/** More of the same GPUs in one node: as many as the arguments ask for, else the fewest that are enough. */
function moreGpus({ tried, inventory, now }: Question): Change[] {
  const { evaluation, candidate, gpus } = now;
  const { gpu, settings } = evaluation.context;
  const node = (count: number): Inventory => onNode(inventory, gpu, count, candidate);
  const change = (count: number, why: string): Change[] => [
    { kind: "hardware", what: "GPUs", value: `${count}x ${gpu.name}`, why },
  ];
  if (goes(tried, node(gpus))) return change(gpus, "as many of these GPUs, free in one node");
  const room = candidate.free ?? candidate.devices;
  for (const size of serverSizes(now)) {
    const { entry, devices, gpuCountText } = spread(tried.entry, settings, size);
    if (devices <= room || !goes({ ...tried, entry }, node(devices))) continue;
    return change(devices, `with --tensor-parallel-size=${size}${gpuCountText}, on one node with as many`);
  }
  return [];
}

/** Tensor-parallel sizes with which the model, its stages and replicas included, finds room in one server. */
const serverSizes = ({ evaluation: { context } }: Trial): number[] =>
  validTensorParallel(context, Math.floor(SERVER / devicesOf({ ...context.settings, tensorParallel: 1 })));

/** The smallest other GPU with which the arguments start as they are; else with a whole server of it. */
function otherGpu({ tried, inventory, now }: Question): Change[] {
  const { evaluation, gpus } = now;
  const { context } = evaluation;
  const larger = largerGpus(context.gpu);
  const starting = (one: Tried, count: number): GpuType | undefined => {
    let weights = 0;
    return larger.find((gpu) => {
      if (gpu.memoryMiB * 2 ** 20 < weights) return false;
      const added = onNode(inventory, gpu, count);
      const [trial] = trialsOf(one, added, candidates(added).open);
      weights = trial?.evaluation.requirements?.weights.bytes ?? 0;
      return trial?.verdict === "GO";
    });
  };
  const same = starting(tried, gpus);
  if (same !== undefined)
    return [
      {
        kind: "hardware",
        what: "GPU",
        value: `${gpus}x ${same.name}`,
        why: "with the arguments as they are",
      },
    ];
  const size = serverSizes(now).at(-1);
  if (size === undefined) return [];
  const { entry, devices, gpuCountText } = spread(tried.entry, context.settings, size);
  const server = starting({ ...tried, entry }, devices);
  if (server === undefined) return [];
  const why = `with --tensor-parallel-size=${size}${gpuCountText}`;
  return [{ kind: "hardware", what: "GPU", value: `${devices}x ${server.name}`, why }];
}
