import { expect, test } from "bun:test";
import fc from "fast-check";
import { type EvaluationInput, evaluate } from "../decision/evaluate.ts";
import { GPU_TYPES } from "../gpus/table.ts";
import { namedRuntime } from "../runtime/image.ts";
import { factsOf, models } from "./cases.fixture.ts";

/**
 * More memory never turns a GO into a NO-GO, a longer context never a NO-GO into a GO. Each model is looked at around its
 * own edge, where a verdict turns: far from it, what is wrong would go unnoticed.
 */

const FACTS = Object.keys(models).flatMap((name) =>
  [undefined, "w4a16", "fp8-dynamic"].map((quantization) => factsOf(name, quantization)),
);

/** Batch sizes are named: their defaults grow with the GPU, which costs memory of its own. */
const BATCH = ["--max-num-seqs=256", "--max-num-batched-tokens=8192"];

interface Serving {
  facts: EvaluationInput["facts"];
  gpu: EvaluationInput["gpu"];
  version: string;
  parallel: number;
  args?: string[];
}

const outcomeOf = ({ facts, gpu, version, parallel, args = [] }: Serving) =>
  evaluate({
    ...{ facts, gpu, runtime: namedRuntime(version, "test") },
    entry: {
      ...{ name: "m", image: "", outputType: undefined, gpuCount: undefined, line: 1 },
      args: [`-tp=${parallel}`, ...BATCH, ...args],
    },
  });
const goes = (serving: Serving): boolean => outcomeOf(serving).verdict === "GO";
const sized = (serving: Serving, memoryMiB: number): Serving => ({
  ...serving,
  gpu: { ...serving.gpu, memoryMiB },
});

/** Those whose memory was measured: of others a verdict may be UNKNOWN where it is near. */
const GPUS = GPU_TYPES.filter(({ vendor }) => vendor === "nvidia" || vendor === "amd");

const serving = fc.record({
  facts: fc.constantFrom(...FACTS),
  gpu: fc.constantFrom(...GPUS),
  version: fc.constantFrom("0.8.5", "0.9.2", "0.11.0", "0.20.0", "0.30.0"),
  parallel: fc.constantFrom(1, 2, 4, 8),
});
/** Shares of a way, from its beginning to its end: integers, since fast-check's doubles crowd at zero. */
const share = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000);
const shares = fc.array(share, { minLength: 12, maxLength: 12 });

const MOST_MIB = 3 << 20;

/** The memory at which a verdict turns, found by halving; undefined: it is no GO even with the most. */
function edgeOf(one: Serving): number | undefined {
  if (!goes(sized(one, MOST_MIB))) return undefined;
  let [below, above] = [1, MOST_MIB];
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2);
    if (goes(sized(one, middle))) above = middle;
    else below = middle;
  }
  return above;
}

test("from the least memory with which a model starts, it starts with every more, and with none less", () => {
  let edges = 0;
  fc.assert(
    fc.property(serving, shares, (one, ways) => {
      const edge = edgeOf(one);
      if (edge === undefined) return;
      edges++;
      for (const way of ways) {
        const more = edge * 4 ** way;
        expect({ more, goes: goes(sized(one, more)) }).toEqual({ more, goes: true });
        const less = 1 + (edge - 2) * way;
        expect({ less, goes: goes(sized(one, less)) }).toEqual({ less, goes: false });
      }
    }),
    { numRuns: 250 },
  );
  expect(edges).toBeGreaterThan(60);
});

test("up to the longest context that fits a model starts, and with every longer one it does not", () => {
  let edges = 0;
  fc.assert(
    fc.property(serving, shares, share, (one, ways, room) => {
      const least = edgeOf({ ...one, args: ["--max-model-len=2048"] });
      if (least === undefined) return;
      const tight = sized(one, Math.floor(least * (1.01 + room)));
      const outcome = outcomeOf(tight);
      const most = outcome.requirements?.largestContext ?? 0;
      const limit = outcome.context.facts.contextLimit ?? 0;
      if (most < 16 || most >= limit) return;
      edges++;
      const at = (tokens: number): boolean => goes({ ...tight, args: [`--max-model-len=${tokens}`] });
      for (const way of ways) {
        const shorter = Math.max(1, Math.floor(most * way));
        expect({ shorter, goes: at(shorter) }).toEqual({ shorter, goes: true });
        const longer = Math.min(limit, Math.ceil(most + 33 + (limit - most) * way ** 3));
        if (longer > most + 32) expect({ longer, goes: at(longer) }).toEqual({ longer, goes: false });
      }
    }),
    { numRuns: 250 },
  );
  expect(edges).toBeGreaterThan(30);
});
