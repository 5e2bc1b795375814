import { shellLine } from "../../../../base/shell-line.ts";
import type { AgentPlan, DeployPlan } from "../../../plan.ts";
import { kubectl } from "./kubectl.ts";

/** Where the agents are reached, and how to give them a task. */
export const next = (plan: DeployPlan): string[] => [
  ...plan.agents.flatMap((agent) => reach(plan, agent)),
  ...askThrough(plan),
];

function reach(plan: DeployPlan, { name, health, settings }: AgentPlan): string[] {
  if (health === undefined) return [];
  if (settings.public)
    return [`Public address of ${name}: ${shellLine(kubectl(plan, "get", "service", name))}`];
  const forward = shellLine(kubectl(plan, "port-forward", `service/${name}`, String(health.port)));
  return [`Health of ${name}: ${forward}, then http://localhost:${health.port}/health`];
}

function askThrough({ broker, ...plan }: DeployPlan): string[] {
  if (broker.kind === "external") return [];
  const { host, port } = broker;
  const forward = shellLine(kubectl({ ...plan, broker }, "port-forward", `service/${host}`, String(port)));
  const ask = shellLine([
    "agent2389",
    "ask",
    "--broker",
    `mqtt://localhost:${port}`,
    plan.agents[0]!.agentId,
    "…",
  ]);
  return [`Ask it: ${forward}, then ${ask}`];
}
