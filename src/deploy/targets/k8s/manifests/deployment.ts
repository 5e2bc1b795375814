import { CONTAINER } from "../../../container.ts";
import type { AgentPlan, DeployPlan } from "../../../plan.ts";
import { type Explained, explained } from "../manifest.ts";
import { agentLabels, agentSelector, namespaceOf } from "../names.ts";
import { placement, resources } from "./accelerator.ts";
import { probes } from "./probes.ts";
import { PROGRESS_SECONDS, REVISIONS } from "./rollout.ts";
import { CONTAINER_SECURITY, podSecurity } from "./security.ts";
import { unexpanded, variables } from "./variables.ts";
import { volumeMounts, volumes } from "./volumes.ts";

export function deployment(plan: DeployPlan, agent: AgentPlan): Explained {
  const labels = agentLabels(plan, agent);
  const scaled = agent.settings.k8s.autoscale !== "none";
  const { strategy, reason } = replacement(agent);
  const manifest = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: agent.name,
      namespace: namespaceOf(plan),
      labels,
      annotations: agent.description === "" ? undefined : { "kubernetes.io/description": agent.description },
    },
    spec: {
      replicas: scaled ? undefined : agent.replicas,
      revisionHistoryLimit: REVISIONS,
      progressDeadlineSeconds: PROGRESS_SECONDS,
      strategy,
      selector: { matchLabels: agentSelector(agent) },
      template: { metadata: { labels }, spec: podSpec(agent) },
    },
  };
  return explained(manifest, [{ path: ["spec", "strategy"], text: reason }]);
}

/** How a new pod takes the place of the old one, and why so. */
function replacement({ storage, accelerator }: AgentPlan): { strategy: object; reason: string } {
  if (accelerator !== undefined) {
    const reason = "The old pod goes first: a GPU belongs to one pod. Tasks wait with the broker meanwhile.";
    return { strategy: { type: "Recreate" }, reason };
  }
  if (storage.size !== undefined) {
    const reason =
      "The old pod goes first: the journal on the volume belongs to one process. Tasks wait with the broker meanwhile.";
    return { strategy: { type: "Recreate" }, reason };
  }
  return {
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    reason: "The new pod is ready before the old one goes, which ends its running tasks first.",
  };
}

const podSpec = (agent: AgentPlan) => ({
  serviceAccountName: agent.name,
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  terminationGracePeriodSeconds: agent.killAfterSeconds,
  securityContext: podSecurity(CONTAINER.user),
  ...placement(agent.accelerator),
  topologySpreadConstraints: agent.replicas < 2 ? undefined : [spread(agent)],
  containers: [container(agent)],
  volumes: volumes(agent),
});

const container = (agent: AgentPlan) => ({
  name: "agent",
  image: agent.image,
  imagePullPolicy: "IfNotPresent",
  args: agent.args.map(unexpanded),
  env: variables(agent),
  ports: agent.health && [{ name: "http", containerPort: agent.health.port }],
  ...probes(agent.health),
  resources: resources(agent),
  securityContext: CONTAINER_SECURITY,
  volumeMounts: volumeMounts(agent),
});

/** Replicas on different machines, where there are some. */
const spread = (agent: AgentPlan) => ({
  maxSkew: 1,
  topologyKey: "kubernetes.io/hostname",
  whenUnsatisfiable: "ScheduleAnyway",
  labelSelector: { matchLabels: agentSelector(agent) },
});
