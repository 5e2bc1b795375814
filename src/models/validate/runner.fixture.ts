import type { Feeds, Value } from "../ort/types.ts";
import type { Runner } from "./runner.ts";

export const floats = (dims: readonly number[], numbers: Iterable<number>): Value => ({
  type: "float",
  dims,
  data: Float32Array.from(numbers),
});

/** A runner that computes its outputs in the test. */
export const runnerOf = (run: (feeds: Feeds) => Feeds, more: Partial<Runner> = {}): Runner => ({
  name: "test",
  machine: "this machine",
  bytes: 100,
  run: async (feeds) => ({ outputs: run(feeds), ms: 1 }),
  close: async () => {},
  ...more,
});
