import { MOSQUITTO, mosquittoConfig } from "../../../mosquitto.ts";
import type { DeployPlan } from "../../../plan.ts";
import { type Explained, explained } from "../manifest.ts";
import { externalLogin } from "../manifests/external-secret.ts";
import { brokerClaimName, brokerLabels, brokerSelector, type IncludedBroker, namespaceOf } from "../names.ts";
import { brokerDeployment } from "./broker-deployment.ts";
import { brokerPolicy } from "./broker-policy.ts";

/** Size of the volume for sessions and waiting tasks. */
export const BROKER_STORAGE = "1Gi";

/** Mosquitto, in the order in which it is applied. */
export function brokerManifests(plan: DeployPlan, broker: IncludedBroker): Explained[] {
  const config = configMap(plan, broker);
  return [
    serviceAccount(plan, broker),
    externalLogin(plan, broker),
    config,
    volumeClaim(plan, broker),
    brokerPolicy(plan, broker),
    service(plan, broker),
    brokerDeployment(plan, broker, config.manifest.metadata.name),
  ].filter((manifest) => manifest !== undefined);
}

const brokerMetadata = (plan: DeployPlan, broker: IncludedBroker, name = broker.host) => ({
  name,
  namespace: namespaceOf(plan),
  labels: brokerLabels(plan, broker),
});

const serviceAccount = (plan: DeployPlan, broker: IncludedBroker): Explained =>
  explained({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: brokerMetadata(plan, broker),
    automountServiceAccountToken: false,
  });

function configMap(plan: DeployPlan, broker: IncludedBroker): Explained {
  const text = mosquittoConfig({ port: broker.port, login: broker.auth !== undefined });
  const hash = new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 10);
  return explained({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: brokerMetadata(plan, broker, `${broker.host}-config-${hash}`),
    immutable: true,
    data: { [MOSQUITTO.configFile.replace(/^.*\//, "")]: text },
  });
}

const volumeClaim = (plan: DeployPlan, broker: IncludedBroker): Explained =>
  explained({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: brokerMetadata(plan, broker, brokerClaimName(broker)),
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName: plan.agents[0]?.settings.k8s.storage_class,
      resources: { requests: { storage: BROKER_STORAGE } },
    },
  });

const service = (plan: DeployPlan, broker: IncludedBroker): Explained =>
  explained({
    apiVersion: "v1",
    kind: "Service",
    metadata: brokerMetadata(plan, broker),
    spec: {
      type: "ClusterIP",
      selector: brokerSelector(broker),
      ports: [{ name: "mqtt", port: broker.port, targetPort: "mqtt" }],
    },
  });
