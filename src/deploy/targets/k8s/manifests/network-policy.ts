import type { AgentPlan, DeployPlan } from "../../../plan.ts";
import { egressPorts } from "../egress.ts";
import { type Explained, explained } from "../manifest.ts";
import { agentLabels, agentSelector, brokerSelector, namespaceOf } from "../names.ts";

/** Link-local addresses: there clouds tell the credentials of the machine to whoever asks. */
const METADATA = { v4: "169.254.0.0/16", v6: "fe80::/10", aws6: "fd00:ec2::254/128" } as const;

/** What the agent may connect to, and who may connect to it. */
export function networkPolicy(plan: DeployPlan, agent: AgentPlan): Explained {
  const manifest = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: agent.name, namespace: namespaceOf(plan), labels: agentLabels(plan, agent) },
    spec: {
      podSelector: { matchLabels: agentSelector(agent) },
      policyTypes: ["Ingress", "Egress"],
      ingress: ingress(agent),
      egress: [names(), ...broker(plan), elsewhere(plan, agent)],
    },
  };
  return explained(manifest, remarks(plan, agent));
}

/** The health server alone, for the cluster's pods; the kubelet's probes are never kept out. */
function ingress({ health, settings }: AgentPlan): object[] {
  if (health === undefined) return [];
  const ports = [{ protocol: "TCP", port: "http" }];
  return [settings.public ? { ports } : { from: [{ namespaceSelector: {} }], ports }];
}

/** Wherever the cluster has its DNS: some have it in a pod, some on the node. */
const names = () => ({
  ports: [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
  ],
});

const broker = ({ broker }: DeployPlan): object[] =>
  broker.kind === "external"
    ? []
    : [
        {
          to: [{ podSelector: { matchLabels: brokerSelector(broker) } }],
          ports: [{ protocol: "TCP", port: broker.port }],
        },
      ];

/** Pods are named apart: to some network plug-ins an address range means what is outside of the cluster. */
const elsewhere = (plan: DeployPlan, agent: AgentPlan) => ({
  to: [
    { namespaceSelector: {} },
    { ipBlock: { cidr: "0.0.0.0/0", except: [METADATA.v4] } },
    { ipBlock: { cidr: "::/0", except: [METADATA.v6, METADATA.aws6] } },
  ],
  ports: egressPorts(agent, plan.broker).map((port) => ({ protocol: "TCP", port })),
});

function remarks(plan: DeployPlan, { health }: AgentPlan) {
  const last = plan.broker.kind === "included" ? 2 : 1;
  return [
    ...(health ? [{ path: ["spec", "ingress", 0], text: "Health and metrics." }] : []),
    { path: ["spec", "egress", 0], text: "DNS." },
    ...(last === 2 ? [{ path: ["spec", "egress", 1], text: "The broker." }] : []),
    {
      path: ["spec", "egress", last],
      text: "HTTPS, and the ports that the config names; not the metadata service of the cloud.",
    },
  ];
}
