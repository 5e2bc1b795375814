import { posix } from "node:path";
import { MOSQUITTO, MOSQUITTO_COMMAND, mosquittoPasswords } from "../../../mosquitto.ts";
import type { BrokerAuth, DeployPlan } from "../../../plan.ts";
import { type Explained, explained } from "../manifest.ts";
import { PROGRESS_SECONDS, REVISIONS } from "../manifests/rollout.ts";
import { CONTAINER_SECURITY, podSecurity } from "../manifests/security.ts";
import { secretVariable, unexpanded } from "../manifests/variables.ts";
import {
  brokerClaimName,
  brokerLabels,
  brokerSelector,
  type IncludedBroker,
  loginName,
  namespaceOf,
} from "../names.ts";

/** Of one broker for some agents: it forwards small messages and keeps those that wait in memory. */
export const BROKER_RESOURCES = {
  requests: { cpu: "50m", memory: "64Mi" },
  limits: { cpu: "500m", memory: "256Mi" },
} as const;

export const PASSWORDS_RESOURCES = {
  requests: { cpu: "10m", memory: "16Mi" },
  limits: { cpu: "100m", memory: "64Mi" },
} as const;

export function brokerDeployment(plan: DeployPlan, broker: IncludedBroker, config: string): Explained {
  const labels = brokerLabels(plan, broker);
  const manifest = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: broker.host, namespace: namespaceOf(plan), labels },
    spec: {
      replicas: 1,
      revisionHistoryLimit: REVISIONS,
      progressDeadlineSeconds: PROGRESS_SECONDS,
      strategy: { type: "Recreate" },
      selector: { matchLabels: brokerSelector(broker) },
      template: { metadata: { labels }, spec: podSpec(broker, config) },
    },
  };
  const remarks = [
    {
      path: ["spec", "strategy"],
      text: "The old pod goes first: the volume belongs to one broker. Agents connect again by themselves.",
    },
  ];
  return explained(manifest, remarks);
}

const podSpec = (broker: IncludedBroker, config: string) => ({
  serviceAccountName: broker.host,
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  securityContext: podSecurity(MOSQUITTO.user),
  initContainers: broker.auth && [passwords(broker, broker.auth)],
  containers: [mosquitto(broker)],
  volumes: [
    { name: "config", configMap: { name: config } },
    { name: "data", persistentVolumeClaim: { claimName: brokerClaimName(broker) } },
    { name: "tmp", emptyDir: { medium: "Memory" } },
  ],
});

const TMP = { name: "tmp", mountPath: MOSQUITTO.scratch } as const;

/** Writes the file of hashed passwords into memory that it shares with the broker. */
const passwords = (broker: IncludedBroker, { usernameSecret, passwordSecret }: BrokerAuth) => ({
  name: "passwords",
  image: broker.image,
  imagePullPolicy: "IfNotPresent",
  command: [
    "sh",
    "-c",
    unexpanded(mosquittoPasswords({ username: `"$${usernameSecret}"`, password: `"$${passwordSecret}"` })),
  ],
  env: [usernameSecret, passwordSecret].map((name) => secretVariable(name, loginName(broker), true)),
  resources: PASSWORDS_RESOURCES,
  securityContext: CONTAINER_SECURITY,
  volumeMounts: [TMP],
});

const mosquitto = (broker: IncludedBroker) => ({
  name: "mosquitto",
  image: broker.image,
  imagePullPolicy: "IfNotPresent",
  command: [...MOSQUITTO_COMMAND],
  ports: [{ name: "mqtt", containerPort: broker.port }],
  startupProbe: { tcpSocket: { port: "mqtt" }, periodSeconds: 1, failureThreshold: 60 },
  livenessProbe: { tcpSocket: { port: "mqtt" }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
  readinessProbe: { tcpSocket: { port: "mqtt" }, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 },
  resources: BROKER_RESOURCES,
  securityContext: CONTAINER_SECURITY,
  volumeMounts: [
    { name: "config", mountPath: posix.dirname(MOSQUITTO.configFile), readOnly: true },
    { name: "data", mountPath: MOSQUITTO.data },
    TMP,
  ],
});
