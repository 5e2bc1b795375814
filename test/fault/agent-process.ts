import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../peers/ports.ts";
import { until } from "../peers/until.ts";

export interface AgentFiles {
  dir: string;
  config: string;
  env: Record<string, string>;
  healthPort: number;
  remove(): void;
}

/** The folder of an agent that works against a scripted provider, and the environment it is started in. */
export async function agentFiles(options: {
  brokerUrl: string;
  llmUrl: string;
  id?: string;
  toml?: string;
  dataDir?: string;
}): Promise<AgentFiles> {
  const dir = mkdtempSync(join(tmpdir(), "agent-"));
  const config = join(dir, "agent.toml");
  const id = options.id ?? "victim";
  writeFileSync(
    config,
    `[agent]\nid = "${id}"\ndescription = "made for a test"\n\n[llm]\nprovider = "scripted"\nbase_url = "${options.llmUrl}"\nmodel = "echo"\nsystem_prompt = "Echo."\n\n${options.toml ?? ""}\n`,
  );
  const healthPort = await freePort();
  return {
    dir,
    config,
    healthPort,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: dir,
      MQTT_BROKER_URL: options.brokerUrl,
      HEALTH_PORT: `${healthPort}`,
      HEALTH_HOST: "127.0.0.1",
      AGENT2389_DATA_DIR: options.dataDir ?? join(dir, "data"),
      LOG_FORMAT: "json",
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

export interface Health {
  status: string;
  checks: Record<string, { status: string; message?: string }>;
}

export interface AgentProcess {
  child: Bun.Subprocess<"ignore", "ignore", "pipe" | "ignore">;
  ready(): Promise<void>;
  health(): Promise<Health>;
  kill(signal?: NodeJS.Signals): Promise<number>;
  log(): Promise<string>;
}

/** Starts the compiled binary on it. */
export function runAgent(binary: string, files: AgentFiles, env: Record<string, string> = {}): AgentProcess {
  const child = Bun.spawn([binary, "--config", files.config, "run"], {
    env: { ...files.env, ...env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const log = new Response(child.stderr).text();
  const get = (path: string) => fetch(`http://127.0.0.1:${files.healthPort}${path}`).catch(() => undefined);
  return {
    child,
    async ready() {
      await until("the agent to be ready", async () => {
        if (child.exitCode !== null) throw new Error(`the agent ended with ${child.exitCode}:\n${await log}`);
        return (await get("/ready"))?.status === 200;
      });
    },
    health: async () => (await (await until("/health", () => get("/health"))).json()) as Health,
    async kill(signal = "SIGKILL") {
      child.kill(signal);
      await child.exited;
      return child.exitCode ?? -1;
    },
    log: () => log,
  };
}
