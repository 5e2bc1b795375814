import type { Clock } from "../base/clock.ts";
import { toError } from "../base/errors.ts";
import type { Redact } from "../base/redact.ts";
import type { Logger } from "../log/logger.ts";
import { MAX_MESSAGE_BYTES } from "../protocol/envelope.ts";
import { EVERY, inputTopic } from "../protocol/topics.ts";
import type { AgentSection, Budget, RoutingSection, RuntimeSection } from "./config.ts";
import { healthChecks } from "./health.ts";
import { createIntake } from "./intake.ts";
import { createOutbox } from "./outbox.ts";
import type { AgentHealth, Check } from "./ports/health.ts";
import type { Metrics } from "./ports/metrics.ts";
import type { ChatRequest, Model } from "./ports/model.ts";
import type { Router } from "./ports/router.ts";
import type { Store } from "./ports/store.ts";
import type { Tool } from "./ports/tool.ts";
import type { Transport } from "./ports/transport.ts";
import { createPresence } from "./presence.ts";
import { createPulse } from "./pulse.ts";
import { createQuiet } from "./quiet.ts";
import { createRegistry } from "./registry.ts";
import { createReporter, silentReporter } from "./reporter.ts";
import { workTask } from "./work.ts";
import { createWorkers } from "./workers.ts";
import { createWorkshop } from "./workshop.ts";

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
  /** Work was done, and then there was none for a second: a good time to tidy up. */
  onQuiet?(): void;
}

export interface RunningAgent extends AgentHealth {
  /** Resolves when the whole start-up sequence is done; rejects when it cannot succeed as configured. */
  readonly started: Promise<void>;
  /** Resolves when the agent must end for a reason of its own, with that reason. */
  readonly ended: Promise<Error>;
  /** Shuts down in order (FR-003): nothing new, running tasks get `graceMs`, results leave, goodbye. */
  stop(graceMs: number): Promise<void>;
}

/** Deliveries that a broker may have on the way, unacknowledged (MQTT 5's receive maximum). */
export const RECEIVE_MAXIMUM = 128;
/** As many of the largest messages: what a broker may send that keeps to the receive maximum. */
const MAX_HELD_BYTES = RECEIVE_MAXIMUM * MAX_MESSAGE_BYTES;
const OUTBOX_WINDOW = 64;
/** How long results and goodbye may take to leave when the agent stops. */
const FLUSH_MS = 5_000;
const LOOK_AROUND_MS = 5_000;
const PRUNE_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Starts an agent: connects at once and goes through the start-up sequence (FR-002); see {@link RunningAgent}. */
export function startAgent(options: AgentOptions, world: AgentWorld): RunningAgent {
  const { store, clock, log } = world;
  const startedAt = clock.now();
  const parts = assemble(options, world);
  const { presence, intake, workers, workshop } = parts;
  const started = start(options, world, parts);
  started.then(
    () =>
      log.info(
        { ms: clock.now() - startedAt, tools: workshop.tools()?.tools.map(({ name }) => name) },
        "ready",
      ),
    () => {}, // whoever awaits it is told
  );
  let stopping: Promise<void> | undefined;
  return {
    agentId: options.agent.id,
    startedAt,
    started,
    ended: parts.ended,
    ready: () => presence.reachable() && intake.problem() === undefined,
    stop: (graceMs) => (stopping ??= stop(world, parts, graceMs)),
    async gauges() {
      const { waiting, running, outbox } = await store.stats();
      return {
        waiting: waiting + intake.held(),
        running,
        outbox,
        connected: presence.connection().state === "connected",
      };
    },
    checks: () =>
      healthChecks({
        connection: presence.connection(),
        modelProblem: workshop.modelProblem(),
        pulse: parts.pulse,
        tools: workshop.tools(),
        journalProblem: intake.problem() ?? workers.problem(),
        store,
        running: workers.running(),
        concurrency: options.runtime.concurrency,
      }),
  };
}

type Parts = ReturnType<typeof assemble>;

function assemble(options: AgentOptions, world: AgentWorld) {
  const { agent, runtime, heartbeatSecs } = options;
  const { store, transport, metrics, redact, clock, log } = world;
  const closing = new AbortController();
  const ended = Promise.withResolvers<Error>();
  const registry = createRegistry(log);
  const reporter = runtime.progress
    ? createReporter({
        agentId: agent.id,
        perSecond: runtime.progress_per_second,
        clock,
        redact,
        publish: lossy(transport),
      })
    : silentReporter;
  const pulse = createPulse();
  const workshop = createWorkshop(options, world, { reporter, registry, pulse, signal: closing.signal });
  const outbox = createOutbox({ store, transport, metrics, clock, log, window: OUTBOX_WINDOW });
  const workers = createWorkers({
    store,
    concurrency: runtime.concurrency,
    clock,
    log,
    work: (task, signal) => workTask(task, workshop.get(), signal),
    onDone() {
      intake.released();
      outbox.wake();
      quiet.touch();
    },
  });
  const quiet = createQuiet(clock, closing.signal, () => world.onQuiet?.());
  const intake = createIntake({
    agentId: agent.id,
    store,
    maxWaiting: runtime.max_waiting,
    maxHeldBytes: MAX_HELD_BYTES,
    metrics,
    redact,
    clock,
    log,
    onAccepted() {
      workers.wake();
      outbox.wake();
      quiet.touch();
    },
  });
  const presence = createPresence({
    agent,
    heartbeatSecs,
    transport,
    clock,
    log,
    load: () => workers.running() / runtime.concurrency,
    onConnected: outbox.wake,
    onTakenOver: () =>
      ended.resolve(new Error(`another client connected with the MQTT client id of "${agent.id}"`)),
  });
  return { closing, ended: ended.promise, pulse, registry, workshop, outbox, workers, intake, presence };
}

/** Progress that cannot be sent now is of no use later. */
const lossy = (transport: Transport) => (publication: Parameters<Transport["publish"]>[0]) =>
  void transport.publish(publication).catch(() => {});

/** FR-002, with all that can happen at the same time doing so. */
async function start(
  { agent, runtime, routing }: AgentOptions,
  world: AgentWorld,
  parts: Parts,
): Promise<void> {
  const { store, transport, log } = world;
  const { presence, intake, workers, outbox, workshop, closing } = parts;
  const left = await store.stats();
  intake.recount(left.waiting + left.running);
  if (left.waiting > 0) log.info({ tasks: left.waiting }, "tasks of the last run are taken up again");
  transport.start(presence.onState);
  await Promise.all([
    transport.subscribe([inputTopic(agent.id)], intake.receive),
    routing && observeAgents(world, parts),
    workshop.open(),
  ]);
  if (closing.signal.aborted) return;
  presence.appear();
  workers.start();
  outbox.wake();
  void forgetOldTasks(world, runtime.dedupe_days, closing.signal);
  void lookAround(world, parts);
}

const observeAgents = ({ transport, clock }: AgentWorld, { registry }: Parts): Promise<void> =>
  transport.subscribe(
    [EVERY.status],
    (delivery) => {
      registry.observe(delivery.topic, delivery.payload, clock.now());
      delivery.ack();
      // At QoS 0: for an agent that is away the broker keeps tasks, not the heartbeats of the others.
    },
    0,
  );

/** What others who share the store did: tasks that came back, results of one that is gone, room that is free again. */
async function lookAround({ store, clock, log }: AgentWorld, parts: Parts): Promise<void> {
  const { intake, workers, outbox, closing } = parts;
  for (;;) {
    await clock.sleep(LOOK_AROUND_MS, closing.signal);
    if (closing.signal.aborted) return;
    workers.wake();
    outbox.wake();
    await store.stats().then(
      ({ waiting, running }) => intake.recount(waiting + running),
      (error) => log.warn({ error: toError(error) }, "the journal cannot be read"),
    );
  }
}

async function forgetOldTasks(
  { store, clock, log }: AgentWorld,
  days: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await store.prune(clock.now() - days * DAY_MS).catch((error) => {
      log.warn({ error: toError(error) }, "old tasks could not be forgotten");
    });
    await clock.sleep(PRUNE_EVERY_MS, signal);
  }
}

async function stop(
  { transport, store, clock, log }: AgentWorld,
  parts: Parts,
  graceMs: number,
): Promise<void> {
  const { closing, intake, workers, outbox, presence, workshop } = parts;
  closing.abort();
  intake.close();
  log.info({ running: workers.running(), grace_ms: graceMs }, "shutting down");
  const said = presence.disappear();
  const { handedBack } = await workers.drain(graceMs);
  if (handedBack > 0)
    log.warn({ tasks: handedBack }, "tasks were not done in time; the next start takes them up");
  if (presence.connection().state === "connected") {
    await Promise.race([Promise.all([outbox.flush(FLUSH_MS), said]), clock.sleep(FLUSH_MS)]);
  }
  outbox.close();
  const steps = [transport.close, workshop.close, store.close];
  for (const step of steps) {
    await step().catch((error) =>
      log.error({ error: toError(error) }, "not everything could be closed in order"),
    );
  }
  log.info({}, "stopped");
}
