import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";

/** Requirements of the 2389 Agent Protocol (RFC §13). */
const tags = (kind: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${kind}-${String(i + 1).padStart(3, "0")}`);
const REQUIREMENTS = [...tags("FR", 14), ...tags("NFR", 5), ...tags("RULE", 3), ...tags("OPT", 3)];

const root = join(import.meta.dir, "..");
/** First arguments of calls: the names of tests, of groups of them, and of contract suites. */
const NAME = /\(\s*["'`]([^"'`\n]*)["'`],/g;
const names = [...new Glob("{src,test}/**/*.ts").scanSync(root)]
  .filter((file) => /\.test\.ts$|contract/.test(file) && file !== "test/requirements.test.ts")
  .flatMap((file) => [...readFileSync(join(root, file), "utf8").matchAll(NAME)])
  .map(([, name]) => name!);

test("every requirement of the protocol is proved by a test that names it", () => {
  const proved = new Set(names.flatMap((name) => name.match(/\b(?:N?FR|RULE|OPT)-\d{3}\b/g) ?? []));
  expect(REQUIREMENTS.filter((tag) => !proved.has(tag))).toEqual([]);
  expect([...proved].filter((tag) => !REQUIREMENTS.includes(tag))).toEqual([]);
});
