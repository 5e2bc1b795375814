import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { inventoryOf } from "../cases/cases.fixture.ts";
import { pack } from "./pack.ts";
import type { Packable } from "./pack-groups.ts";
import { type Candidate, candidates } from "./pools.ts";

const nodes = (gpus: string): Candidate[] => candidates(inventoryOf({ gpus, vllm: "0.11.0" })).open;
const models = (sizes: readonly number[], on: (i: number) => Candidate[]): Packable[] =>
  sizes.map((gpus, i) => ({ name: `m${i}`, options: on(i).map((candidate) => ({ candidate, gpus })) }));

/** A way is there by construction: every node is cut into models, each of which may be on some other nodes, too. */
const feasible = fc
  .record({
    cuts: fc.array(fc.array(fc.constantFrom(1, 2, 3, 4, 5, 6, 8), { minLength: 1, maxLength: 8 }), {
      minLength: 2,
      maxLength: 8,
    }),
    elsewhere: fc.infiniteStream(fc.boolean()),
  })
  .map(({ cuts, elsewhere }) => {
    const bins = nodes(`${cuts.length}x 8x H100`);
    const items = cuts.flatMap((sizes, home) => {
      let left = 8;
      return sizes.flatMap((size) => {
        const gpus = Math.min(left, size);
        left -= gpus;
        return gpus === 0 ? [] : [{ gpus, home }];
      });
    });
    return models(
      items.map(({ gpus }) => gpus),
      (i) => bins.filter((_, at) => at === items[i]!.home || elsewhere.next().value),
    );
  });

test("what can be packed is packed", () => {
  fc.assert(
    fc.property(feasible, (all) => {
      expect(pack(all)).toMatchObject({ unplaced: [], exhausted: false });
    }),
    { numRuns: 150, seed: 11 },
  );
});

describe("what cannot be packed is proved", () => {
  test("by what no set of models fills", () => {
    const bins = nodes("20x 8x H100");
    const threes = pack(models(Array(41).fill(3), () => bins));
    expect([threes.exhausted, threes.unplaced.length]).toEqual([false, 1]);
  });

  test("by the GPUs that alone will do", () => {
    const [large, ...small] = nodes("8x H200, 6x 8x L40S");
    const sizes = [4, 4, 1, ...Array(12).fill(4)];
    const packed = pack(models(sizes, (i) => (i < 3 ? [large!] : [large!, ...small])));
    expect([packed.exhausted, packed.unplaced]).toEqual([false, [expect.stringMatching(/^m[01]$/)]]);
  });

  test("as many as are found one by one are placed all the same", () => {
    const bins = nodes("8x H100");
    const packed = pack(models([8, 1, 1, 4], () => bins));
    expect([...packed.placed.keys()].sort()).toEqual(["m1", "m2", "m3"]);
    expect(packed.unplaced).toEqual(["m0"]);
  });
});

describe("quotas", () => {
  const quota = (resource: string, hard: number, per?: "pod") => ({
    ...{ name: "q", resource, hard, used: 0, per },
  });
  const bins = nodes("4x L40S, 4x MI300X");

  test("are capacities: what one resource does not allow goes to another", () => {
    const packed = pack(
      models([2, 2], () => bins),
      [quota("requests.nvidia.com/gpu", 2)],
    );
    expect([...packed.placed.values()].map(({ resource }) => resource).sort()).toEqual([
      "amd.com/gpu",
      "nvidia.com/gpu",
    ]);
  });

  test("count pods", () => {
    expect(
      pack(
        models([1, 1], () => bins),
        [quota("pods", 1)],
      ).unplaced,
    ).toHaveLength(1);
    expect(
      pack(
        models([1, 1], () => bins),
        [quota("count/pods", 2)],
      ).unplaced,
    ).toEqual([]);
  });

  test("of one pod do not add up", () => {
    const packed = pack(
      models([2, 2], () => bins.slice(0, 1)),
      [quota("nvidia.com/gpu", 2, "pod")],
    );
    expect(packed.unplaced).toEqual([]);
  });
});

test("a search that is ended says so", () => {
  const bins = nodes("6x 8x H100");
  const sizes = [5, 5, 5, 3, 3, 3, 6, 2, 6, 2, 4, 4];
  const all = models(sizes, (i) => bins.filter((_, at) => (i * 7 + at * 5) % 3 !== 0));
  expect(pack(all, [], 100)).toMatchObject({ exhausted: true });
});

test("forty models on a hundred nodes take milliseconds", () => {
  const bins = nodes("50x 8x L40S, 50x 8x H100");
  const sizes = Array.from({ length: 40 }, (_, i) => [1, 2, 4, 8][i % 4]!);
  const start = performance.now();
  expect(pack(models(sizes, (i) => (i % 3 === 0 ? bins.slice(50) : bins))).unplaced).toEqual([]);
  expect(performance.now() - start).toBeLessThan(2000);
});
