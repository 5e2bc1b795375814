import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import type { Path } from "../../base/path.ts";
import { EMBEDDED_AGENTS } from "../embedded.ts";
import { leaves } from "../paths.ts";
import { locate } from "./locate.ts";

const fixtures = join(import.meta.dir, "../fixtures/good");
const texts = [
  ...readdirSync(fixtures).map((name) => [name, readFileSync(join(fixtures, name), "utf8")] as const),
  ...EMBEDDED_AGENTS.map(({ name, text }) => [name, text] as const),
];

test.each(texts)("every value of %s is found where it stands", async (_, text) => {
  const locations = await locate(text);
  for (const { path, value } of leaves(parse(text))) {
    const span = locations?.value(path);
    expect(span).toBeDefined();
    expect(parse(`x = ${text.slice(span!.start, span!.end)}`)["x"]).toEqual(value as string);
    const line = text.split("\n")[span!.line - 1]!;
    expect(text.slice(span!.start).startsWith(line.slice(span!.column - 1))).toBe(true);
  }
});

const SOURCE = `top = 1
[a]
b.c = 2
"d e" = [1, { f = 3 }]
[[a.list]]
x = 1
[[a.list]]
x = 2
[a.list.sub]
y = 3
`;

describe("keys are found", () => {
  test.each([
    [["top"], 1, 1],
    [["a"], 2, 2],
    [["a", "b"], 3, 1],
    [["a", "b", "c"], 3, 3],
    [["a", "d e"], 4, 1],
    [["a", "d e", 1, "f"], 4, 15],
    [["a", "list"], 5, 5],
    [["a", "list", 0], 5, 5],
    [["a", "list", 1], 7, 5],
    [["a", "list", 1, "x"], 8, 1],
    [["a", "list", 1, "sub"], 9, 9],
    [["a", "list", 1, "sub", "y"], 10, 1],
  ] as [Path, number, number][])("%j at %d:%d", async (path, line, column) => {
    expect((await locate(SOURCE))?.key(path)).toMatchObject({ line, column });
  });
});

test("what is not there is not found", async () => {
  const locations = await locate(SOURCE);
  for (const path of [["b"], ["a", "c"], ["a", "list", 2, "x"], ["a", "list", 0, "sub"]]) {
    expect(locations?.key(path)).toBeUndefined();
    expect(locations?.value(path)).toBeUndefined();
  }
});

test("a text that only the first parser takes has no places, and does no harm", async () => {
  expect(await locate("x = ")).toBeUndefined();
  expect(await locate(`x = """\n${"long ".repeat(200_000)}"""`)).toBeUndefined();
});
