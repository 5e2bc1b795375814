import type { AgentPlan, DeployPlan } from "../../../plan.ts";
import { type Explained, explained } from "../manifest.ts";
import { agentLabels, agentSelector, namespaceOf } from "../names.ts";

/** The health server's address in the cluster, or on the Internet if it is to be public; none without a health server. */
export function service(plan: DeployPlan, agent: AgentPlan): Explained | undefined {
  const { health, settings } = agent;
  if (health === undefined) return undefined;
  return explained({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: agent.name, namespace: namespaceOf(plan), labels: agentLabels(plan, agent) },
    spec: {
      type: settings.public ? "LoadBalancer" : "ClusterIP",
      selector: agentSelector(agent),
      ports: [{ name: "http", port: health.port, targetPort: "http", appProtocol: "http" }],
    },
  });
}
