import Registry from "prom-client/lib/registry.js";
import { within } from "../base/within.ts";
import type { AgentHealth } from "../runtime/ports/health.ts";
import type { Metrics } from "../runtime/ports/metrics.ts";
import { agentMetrics } from "./agent-metrics.ts";
import { createInstruments, type Instruments } from "./instruments.ts";
import { type PeerMetrics, peerMetrics } from "./peer-metrics.ts";
import { registerProcessMetrics } from "./process-metrics.ts";

export interface MetricsRegistry {
  /** What one agent counts on. */
  forAgent(agentId: string): Metrics;
  /** The Prometheus text format, version 0.0.4, with the agents' gauges of this moment. Does not reject. */
  text(agents: readonly AgentHealth[]): Promise<string>;
  readonly contentType: string;
  /** The same in the shape of the peer implementation. `now`: ms since 1970. */
  json(agents: readonly AgentHealth[], now: number): Promise<PeerMetrics>;
}

/** An agent that cannot tell its gauges in this time (ms) is left out of the scrape. */
const GAUGES_MS = 2_000;

/** The program's metrics, in a registry of their own. */
export function createMetrics(): MetricsRegistry {
  const registry = new Registry();
  const instruments = createInstruments(registry);
  registerProcessMetrics(registry);
  return {
    forAgent: (agentId) => agentMetrics(instruments, agentId),
    async text(agents) {
      setGauges(instruments, agents, await tell(agents));
      return registry.metrics();
    },
    contentType: registry.contentType,
    async json(agents, now) {
      const told = await tell(agents);
      return peerMetrics(
        instruments,
        agents,
        told.filter((gauges) => gauges !== undefined),
        now,
      );
    },
  };
}

/** Of each agent what it says now; undefined where it cannot tell. */
const tell = (agents: readonly AgentHealth[]) =>
  Promise.all(agents.map((agent) => within(GAUGES_MS, agent.gauges()).catch(() => undefined)));

function setGauges(
  instruments: Instruments,
  agents: readonly AgentHealth[],
  told: Awaited<ReturnType<typeof tell>>,
): void {
  const { ready, connected, waiting, running, outbox } = instruments;
  for (const gauge of [ready, connected, waiting, running, outbox]) gauge.reset();
  for (const [i, agent] of agents.entries()) {
    const labels = { agent: agent.agentId };
    ready.set(labels, agent.ready() ? 1 : 0);
    const gauges = told[i];
    if (!gauges) continue;
    connected.set(labels, gauges.connected ? 1 : 0);
    waiting.set(labels, gauges.waiting);
    running.set(labels, gauges.running);
    outbox.set(labels, gauges.outbox);
  }
}
