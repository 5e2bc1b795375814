import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import data from "../../../bench/startup.csv" with { type: "text" };
import type { Env } from "../../base/env.ts";
import { embeddedAgent } from "../../config/embedded.ts";
import type { ParsedConfig } from "../../config/load.ts";
import type { Override } from "../../config/values/overrides.ts";
import { silent } from "../../log/logger.ts";
import type { Context } from "../framework/context.ts";

/** Where the demo plays: a folder with the data, and a broker. Nothing of it outlives `close`. */
export interface Stage {
  broker: string;
  /** The agent's config, with values replaced. */
  load(overrides: Override[]): Promise<ParsedConfig>;
  close(): Promise<void>;
}

const AGENT = "data-analyst";
export const AGENT_ID = "data-analyst-agent";
export const DATA_FILE = "startup.csv";

export const TASK =
  `${DATA_FILE} has the time in milliseconds that three programs took from start to end, ten runs each: "empty" does ` +
  `nothing, "version" is agent2389 --version, "help" is agent2389 --help. How many times as long as "empty" do the ` +
  "other two take? Go by the medians.";

/** Variables that would lead the agent elsewhere: its folders, its broker, its port. */
const OURS = [
  "DATA_DIR",
  "OUTPUT_DIR",
  "MQTT_BROKER_URL",
  "HEALTH_PORT",
  "HEALTH_HOST",
  "AGENT2389_DATA_DIR",
];

export async function setStage(ctx: Context): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "agent2389-demo-"));
  try {
    await mkdir(join(folder, "data"));
    await mkdir(join(folder, "out"));
    await writeFile(join(folder, "data", DATA_FILE), data);
    const broker = await ctx.services.openBroker({ host: "127.0.0.1", port: 0, log: silent });
    return {
      broker: broker.url,
      load: (overrides) => load(ctx, folder, [...placing(folder, broker.url), ...overrides]),
      async close() {
        await broker.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

const placing = (folder: string, broker: string): Override[] =>
  [
    { path: ["mqtt", "broker_url"], value: broker },
    { path: ["storage", "dir"], value: join(folder, "state") },
    { path: ["storage", "durability"], value: "normal" },
    { path: ["server", "enabled"], value: false },
  ].map((override) => ({ ...override, source: "the demo" }));

function load(ctx: Context, folder: string, overrides: Override[]): Promise<ParsedConfig> {
  const { text } = embeddedAgent(AGENT)!;
  const env: Env = { ...ctx.env, ...Object.fromEntries(OURS.map((name) => [name, undefined])) };
  return ctx.services.loadConfig(
    { file: join(folder, `${AGENT}.toml`), text },
    { env, cwd: folder, overrides },
  );
}
