import type { DeployPlan } from "../../plan.ts";
import { type Remark, toYaml } from "../../yaml.ts";
import { storeOf } from "../k8s/operations/secrets.ts";
import { agentValues } from "./agent-values.ts";
import { brokerValues } from "./broker-values.ts";
import { imageParts } from "./image-parts.ts";

/** Of the pod of `helm test`: it asks one question. */
const TEST_RESOURCES = {
  requests: { cpu: "50m", memory: "128Mi" },
  limits: { cpu: "500m", memory: "256Mi" },
} as const;

/** The values of a plan: what its objects differ in from those of another. */
function values(plan: DeployPlan) {
  const [first] = plan.agents;
  const common = first!.image;
  return {
    image: { ...imageParts(common), pullPolicy: "IfNotPresent" },
    imagePullSecrets: [],
    networkPolicy: { enabled: true },
    externalSecrets: { store: storeOf(first!) ?? "", kind: "ClusterSecretStore", refreshInterval: "1h" },
    tests: { resources: TEST_RESOURCES },
    broker: brokerValues(plan),
    agents: Object.fromEntries(plan.agents.map((agent) => [agent.name, agentValues(plan, agent, common)])),
  };
}

export type Values = ReturnType<typeof values>;

export function valuesYaml(plan: DeployPlan): string {
  const all = values(plan);
  const header =
    `Values of ${plan.project}, rendered by agent-deploy ${plan.version}.\n` +
    "The agents' configs are in files/; values.schema.json says what may stand here.";
  return toYaml(all, header, remarks(all));
}

const remarks = ({ broker, agents }: Values): Remark[] => [
  {
    path: ["image"],
    text: "Image of every agent that names none of its own. digest (sha256:…) comes after tag.",
  },
  { path: ["externalSecrets"], text: "With a store, the External Secrets Operator makes the Secrets." },
  { path: ["tests"], text: "The pods of helm test." },
  {
    path: ["broker"],
    text: broker.enabled ? "Mosquitto, deployed along." : "The agents have a broker of their own.",
  },
  ...Object.keys(agents).flatMap((name, i) => (i === 0 ? agentRemarks(name) : [])),
];

const agentRemarks = (name: string): Remark[] => [
  { path: ["agents", name, "env"], text: "Variables that are no secrets." },
  { path: ["agents", name, "secrets"], text: "Keys of the Secret. A pod waits for those that are required." },
  { path: ["agents", name, "existingSecret"], text: `Default: ${name}-secrets.` },
  { path: ["agents", name, "autoscale"], text: "kind: none, hpa (by CPU) or keda (by accepted tasks)." },
  { path: ["agents", name, "storage"], text: "Without a size, accepted tasks are kept as long as the pod." },
  {
    path: ["agents", name, "egressPorts"],
    text: "Ports that the agent may connect to, besides DNS and the broker.",
  },
];
