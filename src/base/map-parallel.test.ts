import { expect, test } from "bun:test";
import { mapParallel } from "./map-parallel.ts";

test("gives the results in the order of the items, with no more at a time than asked", async () => {
  let [running, most] = [0, 0];
  const work = async (item: number): Promise<number> => {
    most = Math.max(most, ++running);
    for (let turns = 0; turns < 10 - item; turns++) await Promise.resolve();
    running--;
    return item * 2;
  };
  expect(await mapParallel([1, 2, 3, 4, 5, 6], 3, work)).toEqual([2, 4, 6, 8, 10, 12]);
  expect(most).toBe(3);
});

test("begins nothing more after a failure, nor after the signal", async () => {
  const begun: number[] = [];
  const failing = mapParallel([0, 1, 2, 3], 1, async (item) => {
    begun.push(item);
    if (item === 1) throw new Error("broken");
  });
  await expect(failing).rejects.toThrow("broken");
  expect(begun).toEqual([0, 1]);

  const stop = new AbortController();
  const stopped = mapParallel([0, 1, 2], 1, async () => stop.abort(new Error("stopped")), stop.signal);
  await expect(stopped).rejects.toThrow("stopped");
});

test("of nothing is nothing", async () => {
  expect(await mapParallel([], 4, async () => 1)).toEqual([]);
});
