import { expect, test } from "bun:test";
import type { Clock } from "../../base/clock.ts";
import { systemClock } from "../../base/clock.ts";
import type { Samples } from "../data/types.ts";
import type { Collector } from "./collector.ts";
import { runPass } from "./run-pass.ts";

/** How many samples each checkpoint stands for, of 20 that take 0.5 s each; one takes `keepMs` to be written down. */
async function checkpoints(keepMs: number): Promise<number[]> {
  let now = 0;
  const clock: Clock = { ...systemClock, monotonic: () => now };
  const samples: Samples = {
    count: 20,
    skipped: [],
    digest: "",
    read: async (i) => ({ feeds: {}, file: `${i}` }),
  };
  const collector: Collector = {
    width: 1,
    add: async () => {
      now += 500;
    },
    take: async () => new Map(),
    close: async () => {},
  };
  const kept: number[] = [];
  await runPass({ done: 0, observations: new Map() }, samples, [collector], {
    clock,
    keep: async ({ done }) => {
      kept.push(done);
      now += keepMs;
    },
  });
  return kept;
}

test("where a pass stands is written down every two seconds", async () => {
  expect(await checkpoints(0)).toEqual([4, 8, 12, 16, 20]);
});

test("and takes a twentieth of the time at most", async () => {
  expect(await checkpoints(200)).toEqual([4, 12, 20]);
});
