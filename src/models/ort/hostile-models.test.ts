import { expect, test } from "bun:test";
import { join } from "node:path";
import { mnistModel } from "../real-models.fixture.ts";

const MODELS = 500;

test("damaged models are refused, fail or run, and never end the process", async () => {
  const program = join(import.meta.dir, "hostile-models.fixture.ts");
  const child = Bun.spawn([process.execPath, program, mnistModel, String(MODELS)], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [said, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect([await child.exited, errors]).toEqual([0, ""]);
  const { refused, failed, ran } = JSON.parse(said);
  expect(refused + failed + ran).toBe(MODELS);
  for (const outcome of [refused, ran]) expect(outcome).toBeGreaterThan(MODELS / 10);
});
