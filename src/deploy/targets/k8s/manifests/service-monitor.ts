import type { AgentPlan, DeployPlan } from "../../../plan.ts";
import { type Explained, explained } from "../manifest.ts";
import { agentLabels, agentSelector, namespaceOf, secretName } from "../names.ts";

export const SCRAPE_INTERVAL = "30s";

/** Lets the Prometheus Operator scrape /metrics, with the bearer token that the config may ask for. */
export function serviceMonitor(plan: DeployPlan, agent: AgentPlan): Explained | undefined {
  if (!agent.settings.k8s.service_monitor || agent.health === undefined) return undefined;
  return explained({
    apiVersion: "monitoring.coreos.com/v1",
    kind: "ServiceMonitor",
    metadata: { name: agent.name, namespace: namespaceOf(plan), labels: agentLabels(plan, agent) },
    spec: {
      selector: { matchLabels: agentSelector(agent) },
      endpoints: [
        { port: "http", path: "/metrics", interval: SCRAPE_INTERVAL, authorization: authorization(agent) },
      ],
    },
  });
}

/** The secret that the config names as `[server] token_env`. */
export const metricsToken = ({ secrets }: AgentPlan): string | undefined =>
  secrets.find(({ usedBy }) => usedBy.includes("server.token_env"))?.name;

function authorization(agent: AgentPlan) {
  const key = metricsToken(agent);
  return key && { type: "Bearer", credentials: { name: secretName(agent), key } };
}
