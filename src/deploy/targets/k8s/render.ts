import type { AgentPlan, DeployPlan } from "../../plan.ts";
import type { Files } from "../../target.ts";
import { toYaml } from "../../yaml.ts";
import { agentManifests } from "./agent-manifests.ts";
import { brokerManifests } from "./broker/broker-manifests.ts";
import type { Explained } from "./manifest.ts";
import { namespace } from "./manifests/namespace.ts";

export const NAMESPACE_FILE = "namespace.yaml";

const agentFile = ({ name }: AgentPlan): string => `${name}.yaml`;

/** One file for the namespace, one for the broker, one for each agent, and a kustomization over them. */
export function render(plan: DeployPlan): Files {
  const files = { ...namespaceFile(plan), ...brokerFile(plan), ...agentFiles(plan) };
  return { "kustomization.yaml": kustomization(plan, Object.keys(files)), ...files };
}

/** Files that `deploy` applies, in order; the namespace is made apart. */
export const appliedFiles = (plan: DeployPlan): string[] => [
  ...(plan.broker.kind === "included" ? [`${plan.broker.host}.yaml`] : []),
  ...plan.agents.map(agentFile),
];

function namespaceFile(plan: DeployPlan): Files {
  const manifest = namespace(plan);
  return manifest === undefined ? {} : { [NAMESPACE_FILE]: stream([manifest], plan, "The namespace.") };
}

function brokerFile(plan: DeployPlan): Files {
  const { broker } = plan;
  if (broker.kind === "external") return {};
  return { [`${broker.host}.yaml`]: stream(brokerManifests(plan, broker), plan, "The MQTT broker.") };
}

const agentFiles = (plan: DeployPlan): Files =>
  Object.fromEntries(
    plan.agents.map((agent) => [
      agentFile(agent),
      stream(agentManifests(plan, agent), plan, `The agent ${agent.agentId}, from ${agent.source}.`),
    ]),
  );

const stream = (objects: readonly Explained[], plan: DeployPlan, title: string): string => {
  const [first, ...others] = objects.map(({ manifest, remarks }, i) =>
    toYaml(manifest, i === 0 ? header(plan, title) : undefined, remarks),
  );
  return [first, ...others].join("---\n");
};

const header = ({ version }: DeployPlan, title: string): string =>
  `${title}\nRendered by agent-deploy ${version}: change the config and render again, or lay a kustomization over it.`;

const kustomization = (plan: DeployPlan, resources: readonly string[]): string =>
  toYaml(
    { apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", resources },
    header(plan, `Everything of ${plan.project}: kubectl apply -k .`),
  );
