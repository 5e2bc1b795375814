import type { AgentPlan, DeployPlan } from "../../../plan.ts";
import { type Explained, explained } from "../manifest.ts";
import { agentLabels, agentSelector, namespaceOf } from "../names.ts";

/** Keeps a drained node from taking more than one replica at a time. A single replica has none: it would block the drain. */
export function disruptionBudget(plan: DeployPlan, agent: AgentPlan): Explained | undefined {
  if (agent.replicas < 2) return undefined;
  return explained({
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: agent.name, namespace: namespaceOf(plan), labels: agentLabels(plan, agent) },
    spec: {
      maxUnavailable: 1,
      selector: { matchLabels: agentSelector(agent) },
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    },
  });
}
