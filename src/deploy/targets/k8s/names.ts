import type { AgentPlan, BrokerPlan, DeployPlan } from "../../plan.ts";

export type IncludedBroker = Extract<BrokerPlan, { kind: "included" }>;

/** Selectors cannot be changed once a Deployment exists: only what never changes goes in. */
export interface Selector {
  readonly "app.kubernetes.io/name": string;
  readonly "app.kubernetes.io/instance": string;
}

const APP = "agent2389";
const MANAGER = "agent-deploy";

export const agentSelector = ({ name }: AgentPlan): Selector => ({
  "app.kubernetes.io/name": APP,
  "app.kubernetes.io/instance": name,
});

export const brokerSelector = ({ host }: IncludedBroker): Selector => ({
  "app.kubernetes.io/name": "mosquitto",
  "app.kubernetes.io/instance": host,
});

/** The pods of every agent in the namespace, whoever deployed them. */
export const ANY_AGENT = { "app.kubernetes.io/name": APP, "app.kubernetes.io/component": "agent" } as const;

/** The recommended labels (Kubernetes documentation, Recommended Labels). */
export const agentLabels = (plan: DeployPlan, agent: AgentPlan): Record<string, string> => ({
  ...agentSelector(agent),
  "app.kubernetes.io/version": plan.version,
  "app.kubernetes.io/component": "agent",
  "app.kubernetes.io/part-of": plan.project,
  "app.kubernetes.io/managed-by": MANAGER,
});

export const brokerLabels = (plan: DeployPlan, broker: IncludedBroker): Record<string, string> => ({
  ...brokerSelector(broker),
  "app.kubernetes.io/version": tagOf(broker.image),
  "app.kubernetes.io/component": "broker",
  "app.kubernetes.io/part-of": plan.project,
  "app.kubernetes.io/managed-by": MANAGER,
});

/** Selects what was deployed with kubectl; a Helm release has another manager. */
export const MANAGED = `app.kubernetes.io/managed-by=${MANAGER}`;

/** On the command line: `a=b,c=d`. */
export const selectorText = (selector: Selector): string =>
  Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");

export const secretName = ({ name }: AgentPlan): string => `${name}-secrets`;
export const configName = ({ name, config }: AgentPlan): string => `${name}-config-${config.hash}`;
export const claimName = ({ name }: AgentPlan): string => `${name}-data`;

export const loginName = ({ host }: IncludedBroker): string => `${host}-login`;
export const brokerClaimName = ({ host }: IncludedBroker): string => `${host}-data`;

/** All agents of a plan go into one: see problems.ts. */
export const namespaceOf = ({ agents }: DeployPlan): string => agents[0]!.settings.k8s.namespace;

/** What stands after the last colon, as far as a label may hold it; an image without a tag is `latest`. */
function tagOf(image: string): string {
  const [name = ""] = image.split("@");
  const tag = /:([\w][\w.-]{0,62})$/.exec(name)?.[1];
  return tag?.replace(/[^A-Za-z0-9]+$/, "") ?? "latest";
}
