import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Compared, compare, type Figure, observations, table } from "./observed.fixture.ts";

const compared = observations.map(compare);
const held = compared.filter(({ aside }) => aside === undefined);
const off = ({ ours, published, part }: Figure): boolean => Math.abs(ours / published - 1) > part;

/** The figures that are off, in words. */
const wrong = ({ name, figures }: Compared): string[] =>
  figures
    .filter(off)
    .map(({ what, ours, published }) => `${name}: ${what}: ${ours.toFixed(2)}, published ${published}`);

describe("estimates against what vLLM logged", () => {
  test("there are twelve or more whole processes, over releases of both engines, types and GPUs", () => {
    const whole = held.filter(({ figures }) => figures.some(({ what }) => what === "without the cache"));
    expect(whole.length).toBeGreaterThanOrEqual(12);
    const kinds = (of: (row: Compared) => string | undefined): number => new Set(held.map(of)).size;
    expect(kinds(({ model }) => model)).toBeGreaterThanOrEqual(10);
    expect(kinds(({ quantization }) => quantization)).toBeGreaterThanOrEqual(3);
    expect(kinds(({ vllm }) => vllm)).toBeGreaterThanOrEqual(7);
    expect(kinds(({ gpus }) => gpus)).toBeGreaterThanOrEqual(4);
  });

  test("weights within 1 %, everything but the cache and its room within 10 %, tokens within 1 %", () => {
    const found = held.flatMap(wrong);
    if (found.length > 0) throw new Error(`${found.join("\n")}\n\n${table(compared)}`);
    expect(held.flatMap(({ figures }) => figures).length).toBeGreaterThan(60);
  });

  test("what did not start does not start here, and what did does", () => {
    for (const { name, starts, starting, room } of compared)
      if (starts !== undefined || (room ?? 0) > 0)
        expect({ name, starting }).toEqual({ name, starting: starts ?? true });
  });

  test("what is kept aside says why", () => {
    for (const { aside } of compared) if (aside !== undefined) expect(aside.length).toBeGreaterThan(20);
  });

  test("the table of the documentation is the one that is computed", () => {
    const page = join(import.meta.dir, "../../../docs/model-car.md");
    expect(readFileSync(page, "utf8")).toContain(table(compared));
  });
});
