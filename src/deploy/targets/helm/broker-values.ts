import type { DeployPlan } from "../../plan.ts";
import { BROKER_RESOURCES, PASSWORDS_RESOURCES } from "../k8s/broker/broker-deployment.ts";
import { BROKER_STORAGE } from "../k8s/broker/broker-manifests.ts";
import { imageParts } from "./image-parts.ts";

/** What the templates go by for the broker; a chart for an external one has none to switch on. */
export function brokerValues({ broker, agents }: DeployPlan) {
  if (broker.kind === "external") return { enabled: false };
  const { auth } = broker;
  return {
    enabled: true,
    name: broker.host,
    port: broker.port,
    image: { ...imageParts(broker.image), pullPolicy: "IfNotPresent" },
    login: {
      enabled: auth !== undefined,
      usernameKey: auth?.usernameSecret ?? "",
      passwordKey: auth?.passwordSecret ?? "",
      existingSecret: "",
      entry: agents[0]!.name,
      resources: PASSWORDS_RESOURCES,
    },
    storage: { size: BROKER_STORAGE, className: agents[0]!.settings.k8s.storage_class ?? "" },
    resources: BROKER_RESOURCES,
  };
}
