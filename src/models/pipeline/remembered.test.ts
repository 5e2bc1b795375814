import { expect, test } from "bun:test";
import type { Feeds } from "../ort/types.ts";
import { floats, runnerOf } from "../validate/runner.fixture.ts";
import { validate } from "../validate/validate.ts";
import { remembered } from "./remembered.ts";

const samples = {
  count: 3,
  read: async (i: number) => ({ feeds: { x: floats([1, 4], [i, 1, 2, 3]) }, file: `${i}` }),
};

function counting() {
  let runs = 0;
  const runner = runnerOf(({ x }: Feeds) => {
    runs++;
    return { y: x! };
  });
  return { runner, runs: () => runs };
}

const compare = (known: ReturnType<typeof remembered>) =>
  validate(
    known.runner,
    runnerOf(({ x }: Feeds) => ({ y: x! })),
    known.samples,
    { latency: false },
  );

test("a model that others are compared with runs once a sample, and gives the same", async () => {
  const { runner, runs } = counting();
  const known = remembered(runner, samples);
  const found = [await compare(known), await compare(known), await compare(known)];
  expect(runs()).toBe(3);
  for (const { verdict, samples: seen } of found) {
    expect(verdict.value).toBe(0);
    expect(seen).toHaveLength(3);
  }
});

test("what does not fit into the memory for it is computed again", async () => {
  const { runner, runs } = counting();
  const known = remembered(runner, samples, 2 * 4 * Float32Array.BYTES_PER_ELEMENT);
  await compare(known);
  await compare(known);
  expect(runs()).toBe(3 + 1);
});
