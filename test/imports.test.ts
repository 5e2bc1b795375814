import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { Glob } from "bun";

/** The layers of docs/architecture.md, top first. A file may import from its own layer's folder and from lower layers. */
const LAYERS: string[][] = [
  ["main"],
  ["program"],
  ["cli"],
  ["app"],
  ["config"],
  ["routing"],
  ["server", "tools", "llm", "transport", "broker", "storage", "deploy"],
  ["models", "modelcar"],
  ["runtime"],
  ["protocol"],
  ["log", "sqlite"],
  ["base"],
];

/**
 * Kept apart on purpose: an adapter knows the ports and the slices of the runtime, and no other adapter.
 * Tests and fixtures may put any together.
 */
const rank = (room: string): number => LAYERS.findIndex((layer) => layer.includes(room));
const roomOf = (file: string): string => file.split("/")[0]!.replace(/\.ts$/, "");

const src = join(import.meta.dir, "../src");
const files = [...new Glob("**/*.ts").scanSync(src)].filter((file) => !/\.(test|fixture)\.ts$/.test(file));

function* importsOf(file: string): Generator<string> {
  const text = readFileSync(join(src, file), "utf8");
  for (const [, path] of text.matchAll(/(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+\.ts)"/g)) {
    yield relative(src, join(src, dirname(file), path!));
  }
}

/** Those that are there before anything runs; a table may load what knows the table. */
const staticImportsOf = (file: string): string[] =>
  [...readFileSync(join(src, file), "utf8").matchAll(/(?:from|import)\s*"(\.{1,2}\/[^"]+\.ts)"/g)].map(
    ([, path]) => relative(src, join(src, dirname(file), path!)),
  );

test("imports run downwards only", () => {
  const wrong: string[] = [];
  for (const file of files) {
    for (const target of importsOf(file)) {
      const [from, to] = [roomOf(file), roomOf(target)];
      if (from === to) continue;
      const sideways = rank(from) === rank(to);
      if (rank(from) < 0 || rank(to) < 0 || sideways || rank(to) < rank(from))
        wrong.push(`${file} → ${target}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("no file imports itself, by whatever way round", () => {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(" → "));
    if (done.has(file) || way.includes(file)) return;
    for (const target of staticImportsOf(file)) visit(target, [...way, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

test("every room of src has its place", () => {
  const rooms = new Set(files.map(roomOf));
  expect([...rooms].filter((room) => rank(room) < 0)).toEqual([]);
});

test("zod comes in its small form, by base/zod.ts alone", () => {
  const importing = files.filter((file) =>
    /(?:from|import)\s*\(?\s*"zod\b/.test(readFileSync(join(src, file), "utf8")),
  );
  expect(importing).toEqual(["base/zod.ts"]);
});

test("ONNX Runtime is used through models/ort alone", () => {
  const using = files.filter((file) =>
    /(?:from|import|resolve)\s*\(?\s*"onnxruntime-/.test(readFileSync(join(src, file), "utf8")),
  );
  expect(using.filter((file) => !file.startsWith("models/ort/"))).toEqual([]);
});

test("only main.ts and program.ts touch the process", () => {
  const touching = files.filter(
    (file) =>
      !["main.ts", "program.ts"].includes(file) && /\bprocess\.(env|exit|argv|cwd|on)\b/.test(code(file)),
  );
  expect(touching).toEqual([]);
});

/** Without comments and strings, roughly: enough to tell a use from a mention. */
const code = (file: string): string =>
  readFileSync(join(src, file), "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\/\/.*$/gm, "");
