import { dirname, join, resolve } from "node:path";
import { type Clock, systemClock } from "./base/clock.ts";
import type { Env } from "./base/env.ts";
import { ExpectedError, errorCode } from "./base/errors.ts";
import { type Redact, redactor } from "./base/redact.ts";
import { stateFolder } from "./base/state-folder.ts";
import type { LoadedConfig } from "./config/loaded.ts";
import type { Logger } from "./log/logger.ts";
import type { AgentOptions, AgentWorld, RunningAgent } from "./runtime/agent.ts";
import type { Metrics } from "./runtime/ports/metrics.ts";
import type { Router } from "./runtime/ports/router.ts";
import type { MetricsRegistry } from "./server/metrics.ts";
import type { MqttSection } from "./transport/config.ts";
import type { MqttOptions } from "./transport/mqtt.ts";

/** The composition root: configs in, running agents out. Everything is made here, and stopped in reverse order. */

export interface AppDeps {
  log: Logger;
  clock?: Clock;
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
  /** Resolves when one of the agents must end for a reason of its own. */
  ended: Promise<Error>;
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
  const health = served ? await listenForHealth(first, deps.log) : undefined;
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
      started.push({ agent: startAgent(agentOptions(one), world), graceMs: runtime.drain_secs * 1000 });
    }
    const agents = started.map(({ agent }) => agent);
    await health?.answerFor(agents, metrics);
    return {
      agents,
      health,
      started: Promise.all(agents.map((agent) => agent.started)).then(() => {}),
      ended: Promise.race(agents.map((agent) => agent.ended)),
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
  routing: config.routing,
  systemPrompt: config.llm.system_prompt,
  output: config.llm.output_schema && { name: "answer", schema: config.llm.output_schema },
  heartbeatSecs: config.mqtt.heartbeat_interval_secs,
});

type WorldDeps = AppDeps & { clock: Clock; metrics: Metrics };

async function openWorld(loaded: LoadedConfig, deps: WorldDeps): Promise<AgentWorld> {
  const { config, file, env, secrets } = loaded;
  const { clock, metrics } = deps;
  const log = deps.log.child({ agent: config.agent.id });
  for (const warning of loaded.warnings) log.warn({}, warning);
  const baseDir = dirname(resolve(file));
  const redact = redactor(secrets);
  const modelDeps = {
    env,
    baseDir,
    log,
    clock,
    redact,
    ...(deps.record !== undefined && { record: deps.record }),
    ...(deps.transcripts && { embedded: deps.transcripts }),
  };
  const [{ openSqliteStore }, { openMqtt }, mqtt] = await Promise.all([
    import("./storage/sqlite/store.ts"),
    import("./transport/mqtt.ts"),
    mqttOptions(loaded, baseDir, log),
  ]);
  const transport = await openMqtt(mqtt);
  const { durability } = config.storage;
  return {
    store: openSqliteStore({ file: join(dataDir(loaded), config.agent.id, "journal.db"), durability, clock }),
    transport,
    openModel: async () => (await import("./llm/open.ts")).openModel(config.llm, modelDeps),
    openTools: async () =>
      (await import("./tools/open-tools.ts")).openTools(config.tools, { env, baseDir, log, clock }),
    openRouter: () => openRouter(loaded, modelDeps),
    metrics,
    redact,
    clock,
    log,
    // What a burst of tasks left goes back to the system, where the collector alone would keep it for the next one.
    onQuiet: () => Bun.gc(true),
  };
}

/** Folder under which each agent has one of its own. */
export const dataDir = ({ config, file, env }: Pick<LoadedConfig, "config" | "file" | "env">): string =>
  config.storage.dir === undefined ? stateFolder(env) : resolve(dirname(resolve(file)), config.storage.dir);

/** How an agent connects: with its Last Will (FR-004), and a session that the broker keeps while it is away. */
async function mqttOptions(loaded: LoadedConfig, baseDir: string, log: Logger): Promise<MqttOptions> {
  const { config, env } = loaded;
  const [{ unavailableStatus }, { RECEIVE_MAXIMUM }] = await Promise.all([
    import("./runtime/status.ts"),
    import("./runtime/agent.ts"),
  ]);
  return {
    ...(await brokerAccess(config.mqtt, env, baseDir)),
    clientId: config.mqtt.client_id ?? `agent2389-${config.agent.id}`,
    clean: false,
    sessionExpirySecs: config.mqtt.session_expiry_secs,
    receiveMaximum: RECEIVE_MAXIMUM,
    will: unavailableStatus(config.agent.id, Date.now()),
    log,
  };
}

export type BrokerAccess = Pick<
  MqttOptions,
  "url" | "username" | "password" | "protocol" | "keepaliveSecs" | "ca" | "cert" | "key"
>;

/** Address and credentials of the broker, with secrets from the environment and certificates from files. */
export async function brokerAccess(mqtt: MqttSection, env: Env, baseDir: string): Promise<BrokerAccess> {
  const [ca, cert, key] = await Promise.all(
    (["ca_file", "cert_file", "key_file"] as const).map((name) =>
      readPem(mqtt[name], `mqtt.${name}`, baseDir),
    ),
  );
  const secret = (variable: string | undefined) =>
    variable === undefined ? undefined : env[variable] || undefined;
  return {
    url: mqtt.broker_url,
    username: secret(mqtt.username_env),
    password: secret(mqtt.password_env),
    protocol: mqtt.protocol,
    keepaliveSecs: mqtt.keepalive_secs,
    ca,
    cert,
    key,
  };
}

async function readPem(
  file: string | undefined,
  where: string,
  baseDir: string,
): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const path = resolve(baseDir, file);
  try {
    return await Bun.file(path).text();
  } catch (error) {
    throw new ExpectedError(`cannot read ${path} (${errorCode(error) ?? "unknown error"})`, {
      where,
      cause: error,
    });
  }
}

interface RouterDeps {
  env: Env;
  baseDir: string;
  log: Logger;
  clock: Clock;
  redact: Redact;
}

async function openRouter({ config, env }: LoadedConfig, deps: RouterDeps): Promise<Router> {
  const { routing, llm } = config;
  if (routing?.strategy === "gatekeeper" && routing.gatekeeper) {
    const { gatekeeperRouter } = await import("./routing/gatekeeper.ts");
    const { url, timeout_ms, retry_attempts, token_env } = routing.gatekeeper;
    const token = secretFrom(env, token_env, "routing.gatekeeper.token_env");
    return gatekeeperRouter({
      url,
      timeoutMs: timeout_ms,
      retries: retry_attempts,
      token,
      clock: deps.clock,
    });
  }
  if (!routing?.llm) throw new Error("a router was asked for that the config does not have");
  const [{ openRouterModel }, { llmRouter }] = await Promise.all([
    import("./llm/open.ts"),
    import("./routing/llm-router.ts"),
  ]);
  return llmRouter(await openRouterModel(routing.llm, llm, { ...deps, where: "routing.llm" }));
}

/**
 * Listens, before anything else is made: requests wait for who answers them. Bun collects garbage whenever a server
 * begins to listen, and that takes the longer the more there is by then.
 */
async function listenForHealth({ config, env }: LoadedConfig, log: Logger) {
  const { serve } = await import("./server/serve.ts");
  const { host, port, token_env } = config.server;
  const token = secretFrom(env, token_env, "server.token_env");
  const app = Promise.withResolvers<Parameters<typeof serve>[0]>();
  const server = serve({ fetch: async (request) => (await app.promise).fetch(request) }, { host, port }, log);
  return {
    ...server,
    async answerFor(agents: RunningAgent[], metrics: MetricsRegistry): Promise<void> {
      const { healthApp } = await import("./server/app.ts");
      app.resolve(healthApp(agents, { metrics, now: systemClock.now, token, log }));
    },
  };
}

/** A secret that the config asks for must be there: without it a door would stand open, or be shut. */
function secretFrom(env: Env, variable: string | undefined, where: string): string | undefined {
  if (variable === undefined || env[variable]) return variable && env[variable];
  throw new ExpectedError(`the environment variable ${variable} is not set`, {
    where,
    hint: `Set ${variable}, or take ${where} out of the config.`,
  });
}
