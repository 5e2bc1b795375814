import { expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseConfig } from "./load.ts";
import { ConfigError } from "./problems/problem.ts";
import { envOf, noFeatures } from "./testing.fixture.ts";

/**
 * The wording of errors is a feature: each bad config has its report beside it, as text for pipes and for terminals.
 * `UPDATE_GOLDEN=1 bun test src/config/problems.test.ts` writes them anew; read the difference before you commit it.
 */
const folder = join(import.meta.dir, "fixtures/bad");
const names = readdirSync(folder).filter((name) => name.endsWith(".toml"));

test.each(names)("%s is reported as its golden says", async (name) => {
  const text = readFileSync(join(folder, name), "utf8");
  const goldenFile = join(folder, name.replace(".toml", ".golden"));
  const report = await reportOf(text, name);
  if (process.env["UPDATE_GOLDEN"]) writeFileSync(goldenFile, report);
  expect(report).toBe(readFileSync(goldenFile, "utf8"));
});

async function reportOf(text: string, name: string): Promise<string> {
  try {
    await parseConfig(text, name, { env: envOf(text), cwd: "/", features: noFeatures });
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return `${thrown.message}\n\n=== on a terminal ===\n${thrown.pretty({ color: false })}\n`;
  }
  throw new Error(`${name} loads`);
}
