import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { QA_CODES } from "./codes.ts";

test("docs/model-car-cluster.md has every code", () => {
  const page = readFileSync(join(import.meta.dir, "../../../docs/model-car-cluster.md"), "utf8");
  const rows = Object.entries(QA_CODES).map(
    ([code, { meaning, remedy }]) => `| \`${code}\` | ${meaning} | ${remedy} |`,
  );
  expect(rows.filter((row) => !page.includes(row))).toEqual([]);
  expect(page.match(/^\| `[A-Z_]+` \|/gm)).toHaveLength(rows.length);
});
