import type { AgentPlan, DeployPlan } from "../../../plan.ts";
import { type Explained, explained } from "../manifest.ts";
import { agentLabels, namespaceOf } from "../names.ts";

/** Per cent of the requested CPU at which a replica is added. */
export const BUSY_PERCENT = 70;

/** What changes the number of replicas: nothing, the CPU, or the tasks that wait. */
export function autoscaler(plan: DeployPlan, agent: AgentPlan): Explained | undefined {
  const { autoscale } = agent.settings.k8s;
  if (autoscale === "none") return undefined;
  return autoscale === "hpa" ? byCpu(plan, agent) : byTasks(plan, agent);
}

const metadata = (plan: DeployPlan, agent: AgentPlan) => ({
  name: agent.name,
  namespace: namespaceOf(plan),
  labels: agentLabels(plan, agent),
});

const deployment = ({ name }: AgentPlan) => ({ apiVersion: "apps/v1", kind: "Deployment", name });

function byCpu(plan: DeployPlan, agent: AgentPlan): Explained {
  return explained({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: metadata(plan, agent),
    spec: {
      scaleTargetRef: deployment(agent),
      minReplicas: agent.replicas,
      maxReplicas: agent.settings.k8s.max_replicas,
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: BUSY_PERCENT } },
        },
      ],
    },
  });
}

/** As many replicas as it takes to work all accepted tasks at the same time. */
function byTasks(plan: DeployPlan, agent: AgentPlan): Explained {
  const { max_replicas, prometheus_url } = agent.settings.k8s;
  const labels = `{agent="${agent.agentId}"}`;
  return explained({
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: metadata(plan, agent),
    spec: {
      scaleTargetRef: deployment(agent),
      minReplicaCount: agent.replicas,
      maxReplicaCount: max_replicas,
      triggers: [
        {
          type: "prometheus",
          metadata: {
            serverAddress: prometheus_url,
            query: `sum(agent2389_tasks_waiting${labels} + agent2389_tasks_running${labels})`,
            threshold: String(agent.concurrency),
          },
        },
      ],
    },
  });
}
