import { expect, test } from "bun:test";
import type { Runner } from "../validate/runner.ts";
import { restingRunner } from "./resting-runner.ts";

test("a model is loaded to know that it can be, and then while it is used", async () => {
  const told: string[] = [];
  const open = async (): Promise<Runner> => {
    told.push("open");
    return {
      name: "float",
      machine: "m",
      bytes: 7,
      run: async () => ({ outputs: {}, ms: told.push("run") }),
      peakMemory: async () => ({ bytes: 1 }) as never,
      close: async () => void told.push("close"),
    };
  };
  const runner = await restingRunner(open);
  expect(told).toEqual(["open", "close"]);
  expect([runner.name, runner.machine, runner.bytes]).toEqual(["float", "m", 7]);
  await runner.run({});
  await runner.run({});
  expect(told).toEqual(["open", "close", "open", "run", "run"]);
  await runner.close();
  expect(told.at(-1)).toBe("close");
  const unused = await restingRunner(open);
  await unused.close();
  expect(told.slice(-2)).toEqual(["open", "close"]);
  const broken = restingRunner(() => Promise.reject(new Error("no model")));
  await expect(broken).rejects.toThrow("no model");
});
