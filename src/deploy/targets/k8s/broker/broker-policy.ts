import type { DeployPlan } from "../../../plan.ts";
import { type Explained, explained } from "../manifest.ts";
import { ANY_AGENT, brokerLabels, brokerSelector, type IncludedBroker, namespaceOf } from "../names.ts";

/** The namespace's agents may connect, nobody else; the broker connects to nothing. */
export function brokerPolicy(plan: DeployPlan, broker: IncludedBroker): Explained {
  return explained({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: broker.host, namespace: namespaceOf(plan), labels: brokerLabels(plan, broker) },
    spec: {
      podSelector: { matchLabels: brokerSelector(broker) },
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        {
          from: [{ podSelector: { matchLabels: ANY_AGENT } }],
          ports: [{ protocol: "TCP", port: "mqtt" }],
        },
      ],
      egress: [],
    },
  });
}
