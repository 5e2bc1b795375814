import type { AgentHealth, Check } from "../runtime/ports/health.ts";

/** An agent that says what a test wants. */
export const agentHealth = (
  agentId: string,
  told: Partial<AgentHealth> & { is?: Record<string, Check> } = {},
) =>
  ({
    agentId,
    startedAt: 1_000_000,
    ready: () => true,
    checks: async () =>
      told.is ?? { mqtt: { status: "healthy" }, journal: { status: "healthy", waiting: 2 } },
    gauges: async () => ({ waiting: 3, running: 2, outbox: 1, connected: true }),
    ...told,
  }) satisfies AgentHealth;
