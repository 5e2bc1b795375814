import type { AgentPlan, DeployPlan } from "../../../plan.ts";
import { type Explained, explained } from "../manifest.ts";
import { agentLabels, namespaceOf } from "../names.ts";

/** An identity of its own without any rights: agents do not talk to the cluster. */
export function serviceAccount(plan: DeployPlan, agent: AgentPlan): Explained {
  return explained({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: agent.name, namespace: namespaceOf(plan), labels: agentLabels(plan, agent) },
    automountServiceAccountToken: false,
  });
}
