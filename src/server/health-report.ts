import { within } from "../base/within.ts";
import type { Logger } from "../log/logger.ts";
import type { AgentHealth, Check } from "../runtime/ports/health.ts";

type Checks = Record<string, Check>;

export interface AgentReport {
  status: "healthy" | "degraded";
  /** Seconds since 1970, as the peer implementation has it. */
  timestamp: number;
  agent_id: string;
  uptime_seconds: number;
  checks: Checks;
}

export interface HealthReport extends AgentReport {
  /** One for each, when there are several in the process. */
  agents?: Record<string, AgentReport>;
}

/** Checks that say nothing in this time (ms) count as failed. */
const CHECKS_MS = 5_000;
const SEVERITY = { healthy: 0, degraded: 1, unhealthy: 2 } as const;

/** What `/health` answers. `now`: ms since 1970. Does not reject: an agent that cannot tell is unhealthy. */
export async function healthReport(
  agents: readonly AgentHealth[],
  now: number,
  log: Logger,
): Promise<HealthReport> {
  const reports = await Promise.all(agents.map((agent) => agentReport(agent, now, log)));
  const [only] = reports;
  if (only && reports.length === 1) return only;
  const checks = worst(reports);
  return {
    status: statusOf(checks),
    timestamp: Math.floor(now / 1000),
    agent_id: reports.map(({ agent_id }) => agent_id).join(","),
    uptime_seconds: Math.max(0, ...reports.map(({ uptime_seconds }) => uptime_seconds)),
    checks,
    agents: Object.fromEntries(reports.map((report) => [report.agent_id, report])),
  };
}

/** Something is broken, not just impaired: an orchestrator should send no work here (503). */
export const isUnhealthy = ({ checks }: AgentReport): boolean =>
  Object.values(checks).some(({ status }) => status === "unhealthy");

async function agentReport(agent: AgentHealth, now: number, log: Logger): Promise<AgentReport> {
  const checks = await within(CHECKS_MS, agent.checks()).catch((error: unknown): Checks => {
    log.error({ error, agent: agent.agentId }, "the health checks failed");
    return { health: { status: "unhealthy", message: "the checks could not be made; the log says why" } };
  });
  return {
    status: statusOf(checks),
    timestamp: Math.floor(now / 1000),
    agent_id: agent.agentId,
    uptime_seconds: Math.max(0, Math.floor((now - agent.startedAt) / 1000)),
    checks,
  };
}

const statusOf = (checks: Checks): AgentReport["status"] =>
  Object.values(checks).every(({ status }) => status === "healthy") ? "healthy" : "degraded";

/** Of each check the worst among the agents, with the names of those it is about. */
function worst(reports: readonly AgentReport[]): Checks {
  const merged: Checks = {};
  for (const { agent_id, checks } of reports) {
    for (const [name, { status, message }] of Object.entries(checks)) {
      const known = merged[name];
      const told = status === "healthy" ? [] : [`${agent_id}: ${message ?? status}`];
      const messages = [...(known?.message ? [known.message] : []), ...told];
      merged[name] = {
        status: known && SEVERITY[known.status] > SEVERITY[status] ? known.status : status,
        ...(messages.length > 0 && { message: messages.join("; ") }),
      };
    }
  }
  return merged;
}
