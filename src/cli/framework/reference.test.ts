import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { programNamed } from "../index.ts";
import { commandReference } from "./reference.ts";

test("docs/cli.md is up to date: bun scripts/generate.ts", async () => {
  const page = readFileSync(join(import.meta.dir, "../../../docs/cli.md"), "utf8");
  expect(page).toBe(await commandReference(programNamed("agent2389")));
});
