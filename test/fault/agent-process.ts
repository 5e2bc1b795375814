import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../peers/ports.ts";
import { until } from "../peers/until.ts";

export interface AgentFiles {
  id: string;
  dir: string;
  config: string;
  env: Record<string, string>;
  healthPort: number;
  remove(): void;
}

export interface AgentFilesOptions {
  brokerUrl: string;
  llmUrl: string;
  id?: string | undefined;
  /** Lines of `[llm]`, after those that name the scripted provider. */
  llm?: string | undefined;
  /** Further tables. */
  toml?: string | undefined;
  dataDir?: string | undefined;
  env?: Record<string, string> | undefined;
}

/** The folder of an agent that works against a scripted provider, and the environment it is started in. */
export async function agentFiles(options: AgentFilesOptions): Promise<AgentFiles> {
  const dir = mkdtempSync(join(tmpdir(), "agent-"));
  const config = join(dir, "agent.toml");
  const id = options.id ?? "victim";
  writeFileSync(
    config,
    `[agent]\nid = "${id}"\ndescription = "made for a test"\n\n[llm]\nprovider = "scripted"\nbase_url = "${options.llmUrl}"\nmodel = "echo"\nsystem_prompt = "Echo."\n${options.llm ?? ""}\n\n${options.toml ?? ""}\n`,
  );
  const healthPort = await freePort();
  return {
    id,
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
      ...options.env,
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

export interface HealthCheck {
  status: string;
  message?: string;
  [detail: string]: unknown;
}

export interface Health {
  status: string;
  checks: Record<"mqtt" | "llm" | "tools" | "journal" | "task_processing", HealthCheck>;
}

export interface AgentProcess {
  child: Bun.Subprocess<"ignore", "ignore", "pipe">;
  /** Resolves once /ready answers 200. */
  ready(): Promise<void>;
  /** Status of /ready: 200 or 503, or undefined when nobody listens there. */
  readiness(): Promise<number | undefined>;
  health(): Promise<Health>;
  /** Value of a series of /metrics, of all its labels together; 0 when there is none. */
  metric(name: string): Promise<number>;
  /** All that it logged so far: JSON, a line each. */
  log(): string;
  /** Waits for something in the log. */
  logged(wanted: RegExp): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Its exit status, or 128 and the signal that ended it, as a shell has it. */
  readonly ended: Promise<number>;
  kill(signal?: NodeJS.Signals): Promise<number>;
  /** Resident memory in KiB. */
  residentKiB(): number;
}

/** Starts the compiled binary on it. */
export function runAgent(binary: string, files: AgentFiles, env: Record<string, string> = {}): AgentProcess {
  const child = Bun.spawn([binary, "--config", files.config, "run"], {
    env: { ...files.env, ...env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const log = { text: "" };
  const read = readAll(child.stderr, log);
  const ended = Promise.all([child.exited, read]).then(() => child.exitCode ?? 128);
  const get = (path: string) => fetch(`http://127.0.0.1:${files.healthPort}${path}`).catch(() => undefined);
  const alive = async () => {
    if (child.exitCode !== null) throw new Error(`the agent ended with ${await ended}:\n${log.text}`);
  };
  return {
    child,
    ended,
    readiness: async () => (await get("/ready"))?.status,
    async ready() {
      await until("the agent to be ready", async () => {
        await alive();
        return (await get("/ready"))?.status === 200;
      });
    },
    health: async () => (await (await until("/health", () => get("/health"))).json()) as Health,
    metric: async (name) => sumOf(name, await (await until("/metrics", () => get("/metrics"))).text()),
    log: () => log.text,
    async logged(wanted) {
      await until(`${wanted} in the log`, () => wanted.test(log.text) || alive().then(() => false));
    },
    signal: (signal) => child.kill(signal),
    async kill(signal = "SIGKILL") {
      child.kill(signal);
      return ended;
    },
    residentKiB: () =>
      Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]),
  };
}

async function readAll(stream: ReadableStream<Uint8Array>, into: { text: string }): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) into.text += decoder.decode(chunk, { stream: true });
}

const sumOf = (name: string, exposition: string): number =>
  [...exposition.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  );
