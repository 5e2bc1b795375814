import type { AgentPlan, DeployPlan } from "../../../plan.ts";
import { type Explained, explained } from "../manifest.ts";
import { agentLabels, claimName, namespaceOf } from "../names.ts";

/** The volume of the journal; none when the journal goes with the pod. */
export function volumeClaim(plan: DeployPlan, agent: AgentPlan): Explained | undefined {
  const { size } = agent.storage;
  if (size === undefined) return undefined;
  return explained({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: claimName(agent), namespace: namespaceOf(plan), labels: agentLabels(plan, agent) },
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName: agent.settings.k8s.storage_class,
      resources: { requests: { storage: size } },
    },
  });
}
