import type { AgentPlan, DeployPlan } from "../../../plan.ts";
import { configItems } from "../config-items.ts";
import { type Explained, explained } from "../manifest.ts";
import { agentLabels, configName, namespaceOf } from "../names.ts";

/**
 * The config and the files beside it, in a ConfigMap that is named by its content: a change makes a new one, so the pods
 * are replaced, and the old one stands for the way back.
 */
export function configMap(plan: DeployPlan, agent: AgentPlan): Explained {
  return explained({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: configName(agent), namespace: namespaceOf(plan), labels: agentLabels(plan, agent) },
    immutable: true,
    data: Object.fromEntries(configItems(agent).map(({ key, text }) => [key, text])),
  });
}
