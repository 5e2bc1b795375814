import type { Check } from "./ports/health.ts";
import type { Store } from "./ports/store.ts";
import type { ConnectionState } from "./ports/transport.ts";
import { TAKEN_OVER, TWINS } from "./presence.ts";
import type { Pulse } from "./pulse.ts";
import type { OpenedTools } from "./world.ts";

/** What the checks of `/health` are made from. */
export interface HealthFacts {
  connection: ConnectionState;
  /** Why the model could not be verified at the start. */
  modelProblem: string | undefined;
  pulse: Pulse;
  tools: OpenedTools | undefined;
  journalProblem: string | undefined;
  store: Store;
  running: number;
  concurrency: number;
}

export async function healthChecks(facts: HealthFacts): Promise<Record<string, Check>> {
  const { running, concurrency } = facts;
  return {
    mqtt: mqttCheck(facts.connection),
    llm: llmCheck(facts),
    tools: await toolsCheck(facts.tools),
    journal: await journalCheck(facts.journalProblem, facts.store),
    task_processing: { ...processingCheck(facts.pulse), running, concurrency },
  };
}

function llmCheck({ modelProblem, pulse }: HealthFacts): Check {
  if (modelProblem !== undefined) return { status: "unhealthy", message: modelProblem };
  const lately = pulse.modelProblem();
  return lately === undefined ? { status: "healthy" } : { status: "degraded", message: lately };
}

/** One task that fails may be the task's own fault. */
const SUSPICIOUS_FAILURES = 3;

function processingCheck(pulse: Pulse): Check {
  const failed = pulse.failedInARow();
  if (failed < SUSPICIOUS_FAILURES) return { status: "healthy" };
  return { status: "degraded", message: `the last ${failed} tasks failed` };
}

function mqttCheck(connection: ConnectionState): Check {
  if (connection.state === "connected") return { status: "healthy", protocol: connection.protocol };
  const { state } = connection;
  if (state === "taken-over") return takenOverCheck(connection);
  return { status: "unhealthy", message: state === "disconnected" ? connection.reason : state };
}

function takenOverCheck({ connected, reason }: Extract<ConnectionState, { state: "taken-over" }>): Check {
  const answers = connected ? "" : ` (its answers wait: ${reason ?? "connecting"})`;
  return { status: "unhealthy", message: `${TAKEN_OVER}${answers}. ${TWINS}` };
}

async function toolsCheck(tools: OpenedTools | undefined): Promise<Check> {
  if (!tools) return { status: "unhealthy", message: "not opened yet" };
  const each = Object.entries(await tools.checks());
  const bad = each.filter(([, check]) => check.status !== "healthy");
  if (bad.length === 0) return { status: "healthy", count: tools.tools.length };
  return {
    status: "degraded",
    message: bad.map(([name, check]) => `${name}: ${check.message ?? check.status}`).join("; "),
  };
}

async function journalCheck(problem: string | undefined, store: Store): Promise<Check> {
  if (problem !== undefined) return { status: "unhealthy", message: problem };
  const { waiting, outbox, buried, bytes } = await store.stats();
  const facts = { waiting, outbox, bytes };
  if (buried === 0) return { status: "healthy", ...facts };
  return {
    status: "degraded",
    message: `${buried} messages were refused by the broker and are kept aside`,
    ...facts,
  };
}
