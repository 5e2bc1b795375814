import { EVERY } from "../protocol/topics.ts";
import { assemble, type Parts } from "./assemble.ts";
import { healthChecks } from "./health.ts";
import type { AgentHealth } from "./ports/health.ts";
import { TAKEN_OVER } from "./presence.ts";
import { stop } from "./stop.ts";
import { forgetOldTasks, lookAround } from "./upkeep.ts";
import { watchOwnStatus } from "./watch-status.ts";
import type { AgentOptions, AgentWorld } from "./world.ts";

export interface RunningAgent extends AgentHealth {
  /** Resolves when the whole start-up sequence is done; rejects when it cannot succeed as configured. */
  readonly started: Promise<void>;
  /** Shuts down in order (FR-003): nothing new, running tasks get `graceMs`, results leave, goodbye. */
  stop(graceMs: number): Promise<void>;
}

/** Starts an agent: connects at once and goes through the start-up sequence (FR-002); see {@link RunningAgent}. */
export function startAgent(options: AgentOptions, world: AgentWorld): RunningAgent {
  const parts = assemble(options, world);
  const { presence, intake } = parts;
  const startedAt = world.clock.now();
  const started = start(options, world, parts);
  started.catch(() => {}); // whoever awaits it is told
  let stopping: Promise<void> | undefined;
  return {
    agentId: options.agent.id,
    startedAt,
    started,
    ready: () => presence.reachable() && intake.problem() === undefined,
    whyNotReady: () => (presence.isTakenOver() ? TAKEN_OVER : undefined),
    stop: (graceMs) => (stopping ??= stop(options, world, parts, graceMs)),
    gauges: () => gauges(world, parts),
    checks: () => checks(options, world, parts),
  };
}

async function gauges({ store }: AgentWorld, { intake, presence }: Parts) {
  const { waiting, running, outbox } = await store.stats();
  const connected = presence.connection().state === "connected";
  return { waiting: waiting + intake.held(), running, outbox, connected };
}

const checks = ({ runtime }: AgentOptions, { store }: AgentWorld, parts: Parts) =>
  healthChecks({
    connection: parts.presence.connection(),
    modelProblem: parts.resources.modelProblem(),
    pulse: parts.pulse,
    tools: parts.resources.tools(),
    journalProblem: parts.intake.problem() ?? parts.workers.problem(),
    store,
    running: parts.workers.running(),
    concurrency: runtime.concurrency,
  });

/** FR-002, with all that can happen at the same time doing so. */
async function start(
  { agent, runtime, routing }: AgentOptions,
  world: AgentWorld,
  parts: Parts,
): Promise<void> {
  const { store, transport, clock, log } = world;
  const { presence, intake, workers, outbox, resources, closing } = parts;
  const begun = clock.monotonic();
  const left = await store.stats();
  intake.recount(left.waiting + left.running);
  if (left.waiting > 0) log.info({ tasks: left.waiting }, "tasks of the last run are taken up again");
  transport.start(presence.onState);
  // It holds only once this one is taken over, if ever: nobody waits for it.
  void watchOwnStatus(world, agent.id, parts.successor.saw, { whenTakenOver: true }).catch(() => {});
  await Promise.all([
    transport.subscribe([parts.inputFilter], intake.receive, { retainAsPublished: true }),
    parts.group && watchOwnStatus(world, agent.id, ({ available }) => parts.group?.saw(available)),
    routing && observeAgents(world, parts),
    resources.open(),
  ]);
  if (closing.signal.aborted) return;
  presence.appear();
  workers.start();
  outbox.wake();
  void forgetOldTasks(world, runtime.dedupe_days, closing.signal);
  void lookAround(world, parts);
  const tools = resources.tools()?.tools.map(({ name }) => name);
  log.info({ ms: Math.round(clock.monotonic() - begun), tools }, "ready");
}

const observeAgents = ({ transport, clock }: AgentWorld, { registry }: Parts): Promise<void> =>
  transport.subscribe(
    [EVERY.status],
    (delivery) => {
      registry.observe(delivery.topic, delivery.payload, clock.now());
      delivery.ack();
      // At QoS 0: for an agent that is away the broker keeps tasks, not the heartbeats of the others.
    },
    { qos: 0 },
  );
