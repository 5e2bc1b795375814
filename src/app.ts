import { join } from "node:path";
import { type Clock, systemClock } from "./base/clock.ts";
import { ExpectedError } from "./base/errors.ts";
import { redactor } from "./base/redact.ts";
import { dataFolder } from "./config/data-folder.ts";
import type { LoadedConfig } from "./config/loaded.ts";
import type { Logger } from "./log/logger.ts";
import type { RunningAgent } from "./runtime/agent.ts";
import type { Metrics } from "./runtime/ports/metrics.ts";
import type { AgentOptions, AgentWorld } from "./runtime/world.ts";

/** The composition root: configs in, running agents out. Everything is made here, and stopped in reverse order. */

export interface AppDeps {
  log: Logger;
  clock?: Clock;
  /** File of this program, for tools that start it once more. */
  executable?: string | undefined;
  /** Serve the health endpoints; default: as the first config says. */
  serve?: boolean;
  /** Transcript that every exchange with a model is recorded to. */
  record?: string;
  /** Transcripts that are part of the program, by name. */
  transcripts?: Readonly<Record<string, string>>;
}

export interface App {
  agents: RunningAgent[];
  /** Where the health endpoints are, if they are served. */
  health: { url: string; port: number } | undefined;
  /** All agents are ready; rejects with the first one's failure. */
  started: Promise<void>;
  /** Drains and stops everything: running tasks get the grace period of their config. Never rejects. */
  stop(): Promise<void>;
}

/** Starts agents in this process. Resolves as soon as their health is served; they connect meanwhile. */
export async function startAgents(loaded: readonly LoadedConfig[], deps: AppDeps): Promise<App> {
  const [first] = loaded;
  if (!first) throw new ExpectedError("there is no agent to start", { hint: "Name a config file." });
  refuseTwins(loaded);
  const clock = deps.clock ?? systemClock;
  const served = deps.serve ?? first.config.server.enabled;
  const health = served ? await listenForHealth(first, { clock, log: deps.log }) : undefined;
  const [{ startAgent }, { createMetrics }] = await Promise.all([
    import("./runtime/agent.ts"),
    import("./server/metrics.ts"),
  ]);
  const metrics = createMetrics();
  const started: { agent: RunningAgent; graceMs: number }[] = [];
  const stop = async () => {
    await Promise.all(started.map(({ agent, graceMs }) => agent.stop(graceMs)));
    await health?.stop();
  };
  try {
    for (const one of loaded) {
      const { agent, runtime } = one.config;
      const world = await openWorld(one, { ...deps, clock, metrics: metrics.forAgent(agent.id) });
      const running = startAgent(agentOptions(one), world);
      running.started.catch(() => {}); // told by the App's `started`, once all are made
      started.push({ agent: running, graceMs: runtime.drain_secs * 1000 });
    }
    const agents = started.map(({ agent }) => agent);
    await health?.answerFor(agents, metrics);
    return {
      agents,
      health,
      started: Promise.all(agents.map((agent) => agent.started)).then(() => {}),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Two agents of one id would take each other's MQTT sessions and tasks. */
function refuseTwins(loaded: readonly LoadedConfig[]): void {
  const files = new Map<string, string>();
  for (const { config, file } of loaded) {
    const { id } = config.agent;
    const other = files.get(id);
    if (other !== undefined) {
      throw new ExpectedError(`two configs have the agent id "${id}"`, {
        where: `${other} and ${file}`,
        hint: "Give each agent an id of its own ([agent] id).",
      });
    }
    files.set(id, file);
  }
}

const agentOptions = ({ config }: LoadedConfig): AgentOptions => ({
  agent: config.agent,
  budget: config.budget,
  runtime: config.runtime,
  routing: config.routing && { maxIterations: config.routing.max_iterations },
  systemPrompt: config.llm.system_prompt,
  output: config.llm.output_schema && { name: "answer", schema: config.llm.output_schema },
  heartbeatSecs: config.mqtt.heartbeat_interval_secs,
  shared: config.mqtt.shared_subscription,
});

type WorldDeps = AppDeps & { clock: Clock; metrics: Metrics };

async function openWorld(loaded: LoadedConfig, deps: WorldDeps): Promise<AgentWorld> {
  const { config, env, baseDir, secrets } = loaded;
  const { clock, metrics, record, transcripts: embedded } = deps;
  const { agent, llm, mqtt, routing, storage, tools } = config;
  const log = deps.log.child({ agent: agent.id });
  for (const warning of loaded.warnings) log.warn({}, warning);
  const redact = redactor(secrets);
  const shared = { env, baseDir, log, clock };
  const modelDeps = {
    ...shared,
    redact,
    ...(record !== undefined && { record }),
    ...(embedded && { embedded }),
  };
  const [{ openSqliteStore }, { openAgentTransport }] = await Promise.all([
    import("./storage/sqlite/store.ts"),
    import("./transport/open.ts"),
  ]);
  const dataDir = dataFolder(loaded);
  const transport = await openAgentTransport(mqtt, { ...shared, agentId: agent.id, dataDir });
  const file = join(dataDir, "journal.db");
  return {
    store: openSqliteStore({ file, durability: storage.durability, clock }),
    transport,
    openModel: async () => (await import("./llm/open.ts")).openModel(llm, modelDeps),
    openTools: async () =>
      (await import("./tools/open-tools.ts")).openTools(tools, { ...shared, executable: deps.executable }),
    ...(routing && {
      openRouter: async () => (await import("./routing/open.ts")).openRouter(routing, llm, modelDeps),
    }),
    metrics,
    redact,
    clock,
    random: Math.random,
    log,
    // What a burst of tasks left goes back to the system, where the collector alone would keep it for the next one.
    onQuiet: () => Bun.gc(true),
  };
}

/** First of all: see openHealthServer. */
async function listenForHealth({ config, env }: LoadedConfig, deps: { clock: Clock; log: Logger }) {
  const { openHealthServer } = await import("./server/open.ts");
  return openHealthServer(config.server, { env, ...deps });
}
