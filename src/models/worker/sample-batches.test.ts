import { afterEach, beforeEach, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { type ArtefactServer, serveArtefacts } from "../artefacts/server.ts";
import type { TensorRef } from "../artefacts/tensor-ref.ts";
import type { Feeds } from "../ort/types.ts";
import type { SampleOutcome } from "./job.ts";
import type { JobHooks } from "./link.ts";
import { sampleBatches } from "./sample-batches.ts";

let dir: ReturnType<typeof tempDir>;
let server: ArtefactServer;
beforeEach(async () => {
  dir = tempDir();
  const folder = join(dir.path, "served");
  server = await serveArtefacts({ host: "127.0.0.1", port: 0, folder, maxUploadBytes: 1000 });
});
afterEach(async () => {
  await server.stop();
  await dir[Symbol.asyncDispose]();
});

const feeds = (value: number): Feeds => ({
  x: { type: "float", dims: [4], data: new Float32Array(4).fill(value) },
});
const samplesOf = (values: readonly number[]) => ({
  count: values.length,
  read: async (i: number) => ({ feeds: feeds(values[i]!) }),
});

/** Runs of samples that take 32 bytes; the time of each tells which one it was. */
function batchesOf() {
  const sizes: number[] = [];
  let most = 0;
  let ran = 0;
  const run = async (samples: TensorRef[][], { onCount }: JobHooks): Promise<SampleOutcome[]> => {
    sizes.push(samples.length);
    most = Math.max(most, readdirSync(join(dir.path, "served")).length);
    onCount?.(samples.length, samples.length);
    for (const { sha256 } of samples.flat()) await server.forget(sha256);
    return samples.map(() => ({ outputs: [], ms: ++ran }));
  };
  return { batches: sampleBatches(server, run, 32), sizes, most: () => most };
}

test("samples are offered a few at a time, as they are asked for", async () => {
  const { batches, sizes, most } = batchesOf();
  const told: number[][] = [];
  const values = [1, 2, 3, 4, 5];
  await batches.begin(samplesOf(values), { progress: (done, of) => told.push([done, of]) });
  expect(sizes).toEqual([2]);
  const times: number[] = [];
  for (const value of values) times.push((await batches.outcomeOf(feeds(value))).ms);
  expect(times).toEqual([1, 2, 3, 4, 5]);
  expect(sizes).toEqual([2, 2, 1]);
  expect(most()).toBe(2);
  expect(told).toEqual([
    [2, 5],
    [4, 5],
    [5, 5],
  ]);
});

test("equal samples, others, and one that is asked for again, are run each", async () => {
  const { batches, sizes } = batchesOf();
  await batches.begin(samplesOf([1, 1, 2]), {});
  const of = async (value: number) => (await batches.outcomeOf(feeds(value))).ms;
  expect([await of(1), await of(1)]).toEqual([1, 2]);
  expect([await of(2), await of(9), await of(1)]).toEqual([3, 4, 5]);
  expect(sizes).toEqual([2, 1, 1, 1]);
});
