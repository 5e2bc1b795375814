import { backoffDelay } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";
import { toError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { Redact } from "../base/redact.ts";
import { EVERY, inputTopic } from "../protocol/topics.ts";
import type { AgentSection, Budget, RoutingSection, RuntimeSection } from "./config.ts";
import { createIntake } from "./intake.ts";
import { createOutbox } from "./outbox.ts";
import type { AgentHealth, Check } from "./ports/health.ts";
import type { Metrics } from "./ports/metrics.ts";
import { type ChatRequest, type Model, ModelError } from "./ports/model.ts";
import type { Router } from "./ports/router.ts";
import type { Store } from "./ports/store.ts";
import type { Tool } from "./ports/tool.ts";
import type { ConnectionState, Transport } from "./ports/transport.ts";
import { createRegistry } from "./registry.ts";
import { createReporter, silentReporter } from "./reporter.ts";
import { availableStatus, unavailableStatus } from "./status.ts";
import { type Workshop, workTask } from "./work.ts";
import { createWorkers } from "./workers.ts";

export interface OpenedTools {
  readonly tools: Tool[];
  checks(): Promise<Record<string, Check>>;
  close(): Promise<void>;
}

export interface AgentOptions {
  agent: AgentSection;
  budget: Budget;
  runtime: RuntimeSection;
  routing?: RoutingSection | undefined;
  systemPrompt: string;
  output?: ChatRequest["output"] | undefined;
  heartbeatSecs: number;
}

/** The world an agent lives in; all of it can be replaced. */
export interface AgentWorld {
  store: Store;
  transport: Transport;
  openModel(): Promise<Model>;
  openTools(): Promise<OpenedTools>;
  openRouter?(): Promise<Router>;
  metrics: Metrics;
  redact: Redact;
  clock: Clock;
  log: Logger;
}

export interface RunningAgent extends AgentHealth {
  /** Resolves when the whole start-up sequence is done; rejects when it cannot succeed as configured. */
  readonly started: Promise<void>;
  /** Resolves when the agent must end for a reason of its own, with that reason. */
  readonly ended: Promise<Error>;
  /** Shuts down in order (FR-003): nothing new, running tasks get `graceMs`, results leave, goodbye. */
  stop(graceMs: number): Promise<void>;
}

const VERIFY_RETRY = { firstMs: 1_000, maxMs: 30_000 };
const VERIFY_TIMEOUT_MS = 10_000;
const OUTBOX_WINDOW = 64;
/** Deliveries that may wait unacknowledged in memory; also MQTT 5's receive maximum. */
export const MAX_HELD = 128;
const FLUSH_MS = 5_000;
const PRUNE_EVERY_MS = 3_600_000;

/** Starts an agent: connects at once and goes through FR-002's sequence; see {@link RunningAgent}. */
export function startAgent(options: AgentOptions, world: AgentWorld): RunningAgent {
  const { agent, runtime, heartbeatSecs } = options;
  const { store, transport, metrics, clock, log } = world;
  const startedAt = clock.now();
  const ended = Promise.withResolvers<Error>();
  const closing = new AbortController();
  const registry = createRegistry(log);
  const reporter = runtime.progress
    ? createReporter({
        agentId: agent.id,
        perSecond: runtime.progress_per_second,
        clock,
        publish: (publication) => void transport.publish(publication).catch(() => {}), // late progress is of no use
      })
    : silentReporter;

  let connection: ConnectionState = { state: "connecting" };
  let available = false;
  let modelProblem: string | undefined = "not verified yet";
  let tools: OpenedTools | undefined;
  let shop: Workshop | undefined;

  const intake = createIntake({
    agentId: agent.id,
    store,
    maxWaiting: runtime.max_waiting,
    maxHeld: MAX_HELD,
    metrics,
    redact: world.redact,
    clock,
    log,
    onAccepted() {
      workers.wake();
      outbox.wake();
    },
  });
  const outbox = createOutbox({ store, transport, metrics, clock, log, window: OUTBOX_WINDOW });
  const workers = createWorkers({
    store,
    concurrency: runtime.concurrency,
    clock,
    log,
    work: (task, signal) => workTask(task, shop!, signal),
    onDone() {
      intake.released();
      outbox.wake();
    },
  });

  const announce = () => {
    const load = workers.running() / runtime.concurrency;
    transport
      .publish(availableStatus(agent, { load, heartbeatSecs, now: clock.now() }))
      .catch(
        (error) =>
          !closing.signal.aborted && log.warn({ error: toError(error) }, "the status could not be published"),
      );
  };

  const onState = (next: ConnectionState) => {
    const before = connection;
    connection = next;
    if (next.state === "connected") {
      log.info({ protocol: next.protocol, session_present: next.sessionPresent }, "connected to the broker");
      // The Last Will of a lost connection may have said that we are gone.
      if (available) announce();
      outbox.wake();
    } else if (next.state === "disconnected" && !closing.signal.aborted) {
      const level = before.state === "connected" ? "warn" : "error";
      log[level]({ reason: next.reason }, "no connection to the broker; trying again");
    } else if (next.state === "taken-over") {
      ended.resolve(
        new Error(`another client connected with this agent's MQTT client id; "${agent.id}" stops`),
      );
    }
  };

  const verifyModel = async (model: Model) => {
    for (let attempt = 0; !closing.signal.aborted; attempt++) {
      try {
        await model.verify(AbortSignal.any([closing.signal, AbortSignal.timeout(VERIFY_TIMEOUT_MS)]));
        modelProblem = undefined;
        return;
      } catch (thrown) {
        const error = toError(thrown);
        modelProblem = error.message;
        // A wrong key does not mend itself; a service that is away comes back.
        if (error instanceof ModelError && (error.kind === "auth" || error.kind === "not_recorded"))
          throw error;
        log.error({ error, model: model.id }, "the model cannot be reached; trying again");
        await clock.sleep(backoffDelay(VERIFY_RETRY, attempt), closing.signal);
      }
    }
  };

  const openWorkshop = async (): Promise<void> => {
    const [model, opened, router] = await Promise.all([
      world.openModel().then(async (model) => {
        await verifyModel(model);
        return model;
      }),
      world.openTools().then((opened) => {
        tools = opened;
        return opened;
      }),
      options.routing && world.openRouter?.(),
    ]);
    shop = {
      agent,
      systemPrompt: options.systemPrompt,
      budget: options.budget,
      runtime,
      output: options.output,
      model,
      tools: () => opened.tools,
      routing: options.routing &&
        router && {
          section: options.routing,
          router,
          agents: () => registry.available(clock.now()).filter(({ id }) => id !== agent.id),
        },
      reporter,
      metrics,
      redact: world.redact,
      clock,
      log,
    };
  };

  const heartbeat = async () => {
    while (!closing.signal.aborted) {
      await clock.sleep(heartbeatSecs * 1000, closing.signal);
      if (available && connection.state === "connected") announce();
    }
  };

  const prune = async () => {
    while (!closing.signal.aborted) {
      const before = clock.now() - runtime.dedupe_days * 86_400_000;
      await store
        .prune(before)
        .catch((error) => log.warn({ error: toError(error) }, "old tasks could not be forgotten"));
      await clock.sleep(PRUNE_EVERY_MS, closing.signal);
    }
  };

  const start = async () => {
    const left = await store.stats();
    intake.foundOpen(left.waiting + left.running);
    if (left.waiting > 0) log.info({ tasks: left.waiting }, "tasks of the last run are taken up again");
    transport.start(onState);
    const subscribed = transport.subscribe([inputTopic(agent.id)], intake.receive);
    if (options.routing) {
      const observing = transport.subscribe([EVERY.status], (delivery) => {
        registry.observe(delivery.topic, delivery.payload, clock.now());
        delivery.ack();
      });
      await Promise.all([subscribed, observing, openWorkshop()]);
    } else await Promise.all([subscribed, openWorkshop()]);
    if (closing.signal.aborted) return;
    available = true;
    announce();
    workers.start();
    outbox.wake();
    void heartbeat();
    void prune();
    log.info(
      { tools: shop!.tools().map(({ name }) => name), model: shop!.model.id, ms: clock.now() - startedAt },
      "ready",
    );
  };

  const stop = async (graceMs: number) => {
    if (closing.signal.aborted) return;
    available = false;
    closing.abort();
    intake.close();
    log.info({ running: workers.running(), grace_ms: graceMs }, "shutting down");
    const leaving = transport.publish(unavailableStatus(agent.id, clock.now())).catch(() => {});
    const { handedBack } = await workers.drain(graceMs);
    if (handedBack > 0)
      log.warn({ tasks: handedBack }, "tasks were not done in time; the next start takes them up");
    if (connection.state === "connected") {
      await outbox.flush(FLUSH_MS);
      await Promise.race([leaving, clock.sleep(FLUSH_MS)]);
    }
    outbox.close();
    await transport.close();
    await tools?.close().catch((error) => log.warn({ error: toError(error) }, "a tool did not close"));
    await store.close();
    log.info({}, "stopped");
  };

  const started = start();
  started.catch(() => {}); // whoever awaits it is told
  return {
    agentId: agent.id,
    startedAt,
    started,
    ended: ended.promise,
    ready: () => available && connection.state === "connected" && intake.problem() === undefined,
    stop,
    async gauges() {
      const { waiting, running, outbox: unsent } = await store.stats();
      return {
        waiting: waiting + intake.held(),
        running,
        outbox: unsent,
        connected: connection.state === "connected",
      };
    },
    checks: () => checks({ connection, modelProblem, tools, intake, workers, store, runtime }),
  };
}

interface CheckFacts {
  connection: ConnectionState;
  modelProblem: string | undefined;
  tools: OpenedTools | undefined;
  intake: { problem(): string | undefined };
  workers: { running(): number; problem(): string | undefined };
  store: Store;
  runtime: RuntimeSection;
}

async function checks(facts: CheckFacts): Promise<Record<string, Check>> {
  const { connection, modelProblem, intake, workers } = facts;
  return {
    mqtt:
      connection.state === "connected"
        ? { status: "healthy", protocol: connection.protocol }
        : {
            status: "unhealthy",
            message: connection.state === "disconnected" ? connection.reason : connection.state,
          },
    llm: modelProblem === undefined ? { status: "healthy" } : { status: "unhealthy", message: modelProblem },
    tools: await toolsCheck(facts.tools),
    journal: await journalCheck(intake.problem() ?? workers.problem(), facts.store),
    task_processing: {
      status: "healthy",
      running: workers.running(),
      concurrency: facts.runtime.concurrency,
    },
  };
}

async function toolsCheck(tools: OpenedTools | undefined): Promise<Check> {
  if (!tools) return { status: "unhealthy", message: "not opened yet" };
  const each = await tools.checks();
  const bad = Object.entries(each).filter(([, check]) => check.status !== "healthy");
  const message = bad.map(([name, check]) => `${name}: ${check.message ?? check.status}`).join("; ");
  return bad.length === 0
    ? { status: "healthy", count: tools.tools.length }
    : { status: "degraded", message };
}

async function journalCheck(problem: string | undefined, store: Store): Promise<Check> {
  if (problem !== undefined) return { status: "unhealthy", message: problem };
  const { waiting, outbox, buried, bytes } = await store.stats();
  return buried === 0
    ? { status: "healthy", waiting, outbox, bytes }
    : {
        status: "degraded",
        message: `${buried} messages were refused by the broker and are kept aside`,
        waiting,
        outbox,
        bytes,
      };
}
