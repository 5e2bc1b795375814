import type { AgentPlan, DeployPlan } from "../../../plan.ts";
import { type Explained, explained } from "../manifest.ts";
import {
  agentLabels,
  brokerLabels,
  type IncludedBroker,
  loginName,
  namespaceOf,
  secretName,
} from "../names.ts";

/**
 * The agent's Secret, kept equal by the External Secrets Operator to the entry of the agent's name in the store: a map
 * from variables to values. Taken as a whole, so that those that the agent can do without may be left out of it.
 */
export function externalSecret(plan: DeployPlan, agent: AgentPlan): Explained | undefined {
  if (agent.settings.k8s.external_secret_store === undefined || agent.secrets.length === 0) return undefined;
  return secretFromStore(plan, agent, secretName(agent), agentLabels(plan, agent), {
    dataFrom: [{ extract: { key: agent.name } }],
  });
}

/** The broker's login, from the entry of the first agent: they share it. */
export function externalLogin(plan: DeployPlan, broker: IncludedBroker): Explained | undefined {
  const [agent] = plan.agents;
  if (agent?.settings.k8s.external_secret_store === undefined || broker.auth === undefined) return undefined;
  const { usernameSecret, passwordSecret } = broker.auth;
  return secretFromStore(plan, agent, loginName(broker), brokerLabels(plan, broker), {
    data: [usernameSecret, passwordSecret].map((property) => ({
      secretKey: property,
      remoteRef: { key: agent.name, property },
    })),
  });
}

function secretFromStore(
  plan: DeployPlan,
  agent: AgentPlan,
  name: string,
  labels: Record<string, string>,
  source: { data: readonly object[] } | { dataFrom: readonly object[] },
): Explained {
  return explained({
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name, namespace: namespaceOf(plan), labels },
    spec: {
      refreshInterval: "1h",
      secretStoreRef: { kind: "ClusterSecretStore", name: agent.settings.k8s.external_secret_store },
      target: { name, creationPolicy: "Owner" },
      ...source,
    },
  });
}
