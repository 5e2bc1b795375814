import type { AgentPlan, DeployPlan } from "../../plan.ts";
import { variablesWithoutVolume } from "../../plan-variables.ts";
import { configFolder, configItems, isPlain } from "../k8s/config-items.ts";
import { egressPorts } from "../k8s/egress.ts";
import { placement, resources } from "../k8s/manifests/accelerator.ts";
import { BUSY_PERCENT } from "../k8s/manifests/autoscaler.ts";
import { metricsToken, SCRAPE_INTERVAL } from "../k8s/manifests/service-monitor.ts";
import { imageParts } from "./image-parts.ts";

/** What the templates go by for one agent. `common`: the image of the chart, which need not be said again. */
export function agentValues(plan: DeployPlan, agent: AgentPlan, common: string) {
  const items = configItems(agent);
  const place = placement(agent.accelerator);
  return {
    agentId: agent.agentId,
    description: agent.description,
    image: agent.image === common ? {} : imageParts(agent.image),
    args: [...agent.args],
    configFolder: configFolder(agent),
    configFiles: items.map(({ key, path }) => ({ key, path })),
    configPaths: !isPlain(items),
    env: variablesWithoutVolume(agent),
    secrets: Object.fromEntries(agent.secrets.map(({ name, required }) => [name, { required }])),
    existingSecret: "",
    replicas: agent.replicas,
    autoscale: autoscale(agent),
    resources: resources(agent),
    storage: {
      size: agent.storage.size ?? "",
      className: agent.settings.k8s.storage_class ?? "",
      mountPath: agent.storage.mountPath,
    },
    health: health(agent),
    service: { type: agent.settings.public ? "LoadBalancer" : "ClusterIP" },
    serviceMonitor: serviceMonitor(agent),
    egressPorts: egressPorts(agent, plan.broker),
    terminationGracePeriodSeconds: agent.killAfterSeconds,
    accelerator: {
      enabled: agent.accelerator !== undefined,
      runtimeClassName: place?.runtimeClassName ?? "",
      cachePath: agent.accelerator?.cachePath ?? "",
    },
    nodeSelector: place?.nodeSelector ?? {},
    tolerations: place?.tolerations ?? [],
    affinity: {},
    podLabels: {},
    podAnnotations: {},
  };
}

const autoscale = ({ settings: { k8s }, concurrency }: AgentPlan) => ({
  kind: k8s.autoscale,
  maxReplicas: k8s.max_replicas,
  cpuPercent: BUSY_PERCENT,
  tasksPerReplica: concurrency,
  prometheusUrl: k8s.prometheus_url,
});

/** The port is named in any case: it may be switched on. */
const health = ({ health: plan }: AgentPlan) => ({
  enabled: plan !== undefined,
  port: plan?.port ?? 8080,
  startSeconds: plan?.startSeconds ?? 120,
});

const serviceMonitor = (agent: AgentPlan) => ({
  enabled: agent.settings.k8s.service_monitor,
  interval: SCRAPE_INTERVAL,
  labels: {},
  tokenKey: metricsToken(agent) ?? "",
});
