import fc from "fast-check";
import { factsOf, models, needOf } from "../cases/cases.fixture.ts";
import { parseGpus } from "../gpus/parse.ts";
import type { Inventory, NodeFacts, Quota, Taint } from "../inventory/types.ts";
import { namedRuntime } from "../runtime/image.ts";
import type { ModelNeed } from "./types.ts";

/** Anything that a model may be asked for on: nodes of every kind, half of them with something in the way. */

const gpu = fc.constantFrom(
  "T4",
  "A10G",
  "L4",
  "L40S",
  "A100-40GB",
  "A100-80GB",
  "H100",
  "H200",
  "MI300X",
  "GH200",
);

const taint = fc.constantFrom<Taint>(
  { key: "nvidia.com/gpu", value: undefined, effect: "NoSchedule" },
  { key: "team", value: "a", effect: "NoExecute" },
  { key: "spot", value: undefined, effect: "PreferNoSchedule" },
);

interface Spec {
  gpu: string;
  count: number;
  taken: number;
  taints: Taint[];
  architecture: string | undefined;
}

export const aNode = fc
  .record<Spec>({
    gpu,
    count: fc.constantFrom(1, 2, 4, 8),
    taken: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 8 })),
    taints: fc.oneof({ weight: 4, arbitrary: fc.constant<Taint[]>([]) }, fc.array(taint, { maxLength: 2 })),
    architecture: fc.constantFrom(undefined, "amd64", "amd64", "arm64"),
  })
  .map(({ gpu, count, taken, taints, architecture }): NodeFacts => {
    const [node] = parseGpus(`${count}x ${gpu}`, namedRuntime("0.11.0", "test")).nodes;
    const pools = node!.pools.map((pool) => ({ ...pool, allocated: Math.min(taken, count) }));
    return { ...node!, pools, taints, architecture: gpu === "GH200" ? "arm64" : architecture };
  });

const quota = fc.record<Quota>({
  name: fc.constantFrom("a", "b"),
  resource: fc.constantFrom("requests.nvidia.com/gpu", "requests.amd.com/gpu", "pods"),
  hard: fc.integer({ min: 0, max: 8 }),
  used: fc.integer({ min: 0, max: 2 }),
  per: fc.constantFrom(undefined, undefined, "pod"),
});

/** Each resource limited at most once, so that a change of a quota can be told by its name. */
const quotas = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Quota[]>([]) },
  fc.uniqueArray(quota, { maxLength: 2, selector: ({ name, resource }) => `${name} ${resource}` }),
);

export const named = (nodes: readonly NodeFacts[]): NodeFacts[] =>
  nodes.map((node, i) => ({ ...node, name: `node-${i}` }));

const version = fc.constantFrom("0.9.2", "0.11.0", "0.20.0");

export const anInventory = fc
  .record({
    nodes: fc.array(aNode, { maxLength: 4 }),
    quotas,
    version,
    amd: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, version),
  })
  .map(
    ({ nodes, quotas, version, amd }): Inventory => ({
      ...parseGpus("L4", namedRuntime(version, "test")),
      ...(amd && { otherServing: { amd: { runtime: namedRuntime(amd, "test"), tolerations: [] } } }),
      nodes: named(nodes),
      quotas,
    }),
  );

const MODELS = Object.keys(models);

/** Batch sizes are named: their defaults grow with the GPU, which costs memory of its own. */
const BATCH = ["--max-num-seqs=256", "--max-num-batched-tokens=8192"];

const SPREAD = ["-tp=2", "-tp=4", "-tp=8", "-pp=2", "--data-parallel-size=2"];

const someArguments = fc.tuple(
  fc.subarray([...SPREAD, "--kv-cache-dtype=fp8", "--dtype=bfloat16", "--quantization=awq"], {
    maxLength: 3,
  }),
  fc.constantFrom([], ["--max-model-len=4096"], ["--max-model-len=32768"], ["--max-model-len=200000"]),
);

export const aNeed = fc
  .record({
    model: fc.constantFrom(...MODELS),
    quantization: fc.constantFrom(undefined, undefined, "w4a16", "fp8-dynamic", "awq"),
    args: someArguments,
    architectures: fc.constantFrom<string[][]>([], [], ["amd64"], ["amd64", "arm64"]),
    gpuCount: fc.constantFrom(undefined, undefined, 1, 2, 4),
  })
  .map(({ model, quantization, args, architectures, gpuCount }): ModelNeed => {
    const { entry } = needOf({ name: "m", model, args: [...args.flat(), ...BATCH], gpus: "" });
    const facts = { ...factsOf(model, quantization), container: { bytes: 1, layers: 1, architectures } };
    return { entry: { ...entry, gpuCount }, facts, unread: undefined };
  });

export const needs = fc
  .array(aNeed, { minLength: 1, maxLength: 3 })
  .map((all) => all.map((need, i) => ({ ...need, entry: { ...need.entry, name: `m${i}` } })));
