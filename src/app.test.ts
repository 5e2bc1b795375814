import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAgents } from "./app.ts";
import { parseConfig } from "./config/load.ts";
import { standardFeatures } from "./config/standard-features.ts";
import { silent } from "./log/logger.ts";

const dir = mkdtempSync(join(tmpdir(), "app-"));
afterAll(() => rmSync(dir, { recursive: true }));

/** Nothing listens at its broker: what is tested here goes wrong before, or does not need it. */
function agent(id: string, more = "", env: Record<string, string> = {}) {
  const text = `[agent]\nid = "${id}"
[llm]\nprovider = "replay"\nmodel = "m"\ntranscript = "t.jsonl"
[mqtt]\nbroker_url = "mqtt://127.0.0.1:1"
[storage]\ndir = "data"\n${more}`;
  return parseConfig(text, `${id}.toml`, { env, cwd: dir, features: standardFeatures });
}
const server = (port: number) => `[server]\nhost = "127.0.0.1"\nport = ${port}\n`;

test("no agent is nothing to start", async () => {
  await expect(startAgents([], { log: silent })).rejects.toThrow("there is no agent to start");
});

test("two agents of one id are refused, with the files of both", async () => {
  const twins = [await agent("twin"), { ...(await agent("twin")), file: "other.toml" }];
  await expect(startAgents(twins, { log: silent, serve: false })).rejects.toMatchObject({
    message: 'two configs have the agent id "twin"',
    where: "twin.toml and other.toml",
  });
});

test("the health endpoints are there while agents still connect, and gone when they are stopped", async () => {
  const app = await startAgents([await agent("a", server(0))], { log: silent });
  app.started.catch(() => {}); // there is no transcript: not what this is about
  const url = `${app.health!.url}/ready`;
  expect((await fetch(url)).status).toBe(503);
  await app.stop();
  await expect(fetch(url)).rejects.toThrow();
});

test("when one agent cannot be made, nothing of the others is left", async () => {
  writeFileSync(join(dir, "file"), "");
  const fine = await agent("fine", server(0));
  const broken = await agent("broken", "", { AGENT2389_DATA_DIR: "file" });
  const starting = startAgents([fine, broken], { log: silent });
  await expect(starting).rejects.toThrow();
  // Its journal is no longer locked: it can be started again.
  const app = await startAgents([fine], { log: silent, serve: false });
  app.started.catch(() => {});
  await app.stop();
});
