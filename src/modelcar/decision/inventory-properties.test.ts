import { expect, test } from "bun:test";
import fc from "fast-check";
import type { GpuPool, Inventory, NodeFacts, UnreadPart } from "../inventory/types.ts";
import { withArgument } from "../settings/edit.ts";
import { aNode, anInventory, named, needs } from "./cluster.fixture.ts";
import { decide } from "./decide.ts";
import type { Decision, ModelNeed } from "./types.ts";

/** Whole inventories through `decide`: what holds for a model on a GPU must hold for cars on clusters. */

const RANK = { GO: 0, UNKNOWN: 1, "NO-GO": 2 } as const;
const overall = (models: readonly ModelNeed[], inventory: Inventory): number =>
  RANK[decide(models, inventory).verdict];
const singles = ({ models }: Decision): number[] =>
  models.map(({ verdict }) => RANK[verdict.replace(/ \(.*/, "") as keyof typeof RANK]);

/** That the second inventory is no worse, for any model and for all. */
function noWorse(models: readonly ModelNeed[], before: Inventory, after: Inventory): void {
  const [then, now] = [decide(models, before), decide(models, after)];
  expect(RANK[now.verdict]).toBeLessThanOrEqual(RANK[then.verdict]);
  singles(now).forEach((rank, i) => {
    expect(rank).toBeLessThanOrEqual(singles(then)[i]!);
  });
}

const RUNS = { numRuns: 80 };

const eachPool = (inventory: Inventory, change: (pool: GpuPool) => GpuPool): Inventory => ({
  ...inventory,
  nodes: inventory.nodes.map((node) => ({ ...node, pools: node.pools.map(change) })),
});

test("one more node never worsens", () => {
  fc.assert(
    fc.property(needs, anInventory, aNode, (models, inventory, node) => {
      noWorse(models, inventory, { ...inventory, nodes: named([...inventory.nodes, node]) });
    }),
    RUNS,
  );
});

test("nor do more GPUs in a node, free ones or taken ones that become free", () => {
  const more = fc.record({ added: fc.integer({ min: 0, max: 8 }), freed: fc.integer({ min: 0, max: 8 }) });
  fc.assert(
    fc.property(needs, anInventory, more, (models, inventory, { added, freed }) => {
      const grown = eachPool(inventory, (pool) => ({
        ...pool,
        allocatable: pool.allocatable + added,
        capacity: pool.capacity + added,
        allocated: Math.max(0, (pool.allocated ?? 0) - freed),
      }));
      noWorse(models, inventory, grown);
    }),
    RUNS,
  );
});

test("nor does more memory of the GPUs", () => {
  fc.assert(
    fc.property(needs, anInventory, fc.integer({ min: 0, max: 200 * 1024 }), (models, inventory, added) => {
      const larger = eachPool(inventory, (pool) => ({ ...pool, memoryMiB: (pool.memoryMiB ?? 0) + added }));
      noWorse(models, inventory, larger);
    }),
    RUNS,
  );
});

test("nor do a higher quota and a toleration more", () => {
  fc.assert(
    fc.property(needs, anInventory, fc.integer({ min: 0, max: 8 }), (models, inventory, added) => {
      const quotas = inventory.quotas.map((quota) => ({ ...quota, hard: quota.hard + added }));
      const everything = { key: undefined, operator: "Exists", value: undefined, effect: undefined } as const;
      noWorse(models, inventory, { ...inventory, quotas, tolerations: [everything] });
    }),
    RUNS,
  );
});

test("nor does a model less", () => {
  fc.assert(
    fc.property(needs, anInventory, (models, inventory) => {
      if (models.length > 1)
        expect(overall(models.slice(1), inventory)).toBeLessThanOrEqual(overall(models, inventory));
    }),
    RUNS,
  );
});

test("a longer context never betters", () => {
  const length = fc.integer({ min: 16, max: 300_000 });
  fc.assert(
    fc.property(needs, anInventory, length, length, (models, inventory, a, b) => {
      const at = (tokens: number): ModelNeed[] =>
        models.map((one) => ({
          ...one,
          entry: { ...one.entry, args: withArgument(one.entry.args, "max-model-len", String(tokens)) },
        }));
      const [shorter, longer] = [Math.min(a, b), Math.max(a, b)];
      expect(overall(at(shorter), inventory)).toBeLessThanOrEqual(overall(at(longer), inventory));
    }),
    RUNS,
  );
});

const UNTOLD: readonly ((inventory: Inventory) => Inventory)[] = [
  (inventory) => ({ ...inventory, complete: false }),
  (inventory) => eachPool(inventory, (pool) => ({ ...pool, allocated: undefined })),
  (inventory) => eachPool(inventory, (pool) => ({ ...pool, type: undefined, product: "NVIDIA-X9000" })),
  (inventory) => unread(inventory, "quotas"),
];

function unread(inventory: Inventory, part: UnreadPart): Inventory {
  const problem = { code: "denied", text: "not allowed", hint: undefined, unread: part };
  return { ...inventory, complete: false, problems: [problem] };
}

test("what is not known is never a GO, and never betters", () => {
  fc.assert(
    fc.property(needs, anInventory, fc.constantFrom(...UNTOLD), (models, inventory, veiled) => {
      const { verdict, models: each } = decide(models, veiled(inventory));
      expect([verdict, ...each.map((one) => one.verdict)]).not.toContain("GO");
    }),
    RUNS,
  );
  fc.assert(
    fc.property(needs, anInventory, fc.nat(), (models, inventory, at) => {
      const blind = models.map((one, i) =>
        i === at % models.length ? { ...one, facts: undefined, unread: "no answer" } : one,
      );
      expect(decide(blind, inventory).verdict).not.toBe("GO");
    }),
    RUNS,
  );
});

test("what is placed fits: no node gives more than it has free, no quota more than is left", () => {
  fc.assert(
    fc.property(needs, anInventory, (models, inventory) => {
      const { placed } = decide(models, inventory).together;
      const asked = (of: (one: (typeof placed)[number]) => boolean): number =>
        placed.reduce((sum, one) => sum + (of(one) ? one.gpus : 0), 0);
      for (const node of inventory.nodes)
        expect(asked((one) => one.node === node.name)).toBeLessThanOrEqual(freeOf(node));
      for (const { resource, hard, used, per } of inventory.quotas) {
        if (per === "pod") continue;
        const taken =
          resource === "pods"
            ? placed.length
            : asked((one) => one.resource === resource.replace("requests.", ""));
        if (taken > 0) expect(used + taken).toBeLessThanOrEqual(hard);
      }
    }),
    RUNS,
  );
});

const freeOf = ({ pools }: NodeFacts): number =>
  pools.reduce((sum, { allocatable, allocated }) => sum + allocatable - (allocated ?? 0), 0);
