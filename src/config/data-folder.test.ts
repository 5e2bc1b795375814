import { expect, test } from "bun:test";
import { dataFolder } from "./data-folder.ts";
import { load, MINIMAL } from "./testing.fixture.ts";

const folder = async (text: string, env: Record<string, string>) => dataFolder(await load(text, { env }));
const HOME = "/home/me";

test("a folder of its own for each agent, below the usual place", async () => {
  expect(await folder(MINIMAL, { HOME })).toBe("/home/me/.local/state/agent2389/a");
  expect(await folder(MINIMAL, { HOME, XDG_STATE_HOME: "/state" })).toBe("/state/agent2389/a");
});

test("[storage] dir is taken from the config's folder, AGENT2389_DATA_DIR from the working folder", async () => {
  const text = `${MINIMAL}\n[storage]\ndir = "./data"\n`;
  const loaded = await load(text, { file: "agents/a.toml" });
  expect(dataFolder(loaded)).toBe("/work/agents/data/a");
  const overridden = await load(text, { file: "agents/a.toml", env: { AGENT2389_DATA_DIR: "data" } });
  expect(dataFolder(overridden)).toBe("/work/data/a");
});

test("a config is in order though there is no folder to be had; using it is not", async () => {
  const loaded = await load(MINIMAL);
  expect(() => dataFolder(loaded)).toThrow("there is no folder for data");
});
