import { CONTAINER } from "../../container.ts";
import type { AgentPlan, BrokerPlan } from "../../plan.ts";
import { type CarriedFiles, carry } from "./carried-files.ts";
import { AGENT_LABEL, CONFIG_LABEL, cacheVolume, dataVolume } from "./names.ts";
import { secretAccess } from "./secret-access.ts";
import { HARDENED, LOGGING, resources, SCRATCH, type Service } from "./service.ts";

export interface RenderedService extends Pick<CarriedFiles, "configs" | "files"> {
  name: string;
  service: Service;
  /** Named volumes that it uses. */
  volumes: string[];
}

/** The host, by a name that every engine gives it: for a model that runs there. */
const HOST = ["host.docker.internal:host-gateway"];

export function agentService(agent: AgentPlan, broker: BrokerPlan): RenderedService {
  const { docker } = agent.settings;
  const carried = carry(agent.name, [agent.config, ...agent.files], { mounted: docker.read_only });
  const access = secretAccess(
    agent.secrets.map(({ name }) => name),
    docker.secrets,
  );
  const storage = storageOf(agent);
  const accelerated = acceleratorOf(agent);
  return {
    name: agent.name,
    configs: carried.configs,
    files: carried.files,
    volumes: storage.named,
    service: {
      image: agent.image,
      ...accelerated.service,
      command: [...agent.args],
      user: `${CONTAINER.user}:${CONTAINER.group}`,
      environment: { ...agent.env, ...accelerated.environment, ...access.environment },
      ...carried.service,
      ...(access.secrets && { secrets: access.secrets }),
      volumes: [...(carried.service.volumes ?? []), ...storage.mounts],
      tmpfs: [SCRATCH],
      ...portsOf(agent),
      extra_hosts: HOST,
      ...(broker.kind === "included" && { depends_on: { [broker.host]: { condition: "service_healthy" } } }),
      healthcheck: healthcheck(agent),
      init: true,
      ...(docker.read_only && { read_only: true }),
      ...HARDENED,
      restart: "unless-stopped",
      stop_grace_period: `${agent.killAfterSeconds}s`,
      deploy: {
        ...(agent.replicas !== 1 && { replicas: agent.replicas }),
        resources: resources(agent.resources),
      },
      logging: LOGGING,
      labels: { [AGENT_LABEL]: agent.agentId, [CONFIG_LABEL]: agent.config.hash },
    },
  };
}

/**
 * The journal outlives the container. Replicas cannot share one journal: each has a volume without a name, which Compose
 * hands on to the container that takes its place.
 */
function storageOf(agent: AgentPlan): { named: string[]; mounts: string[] } {
  const { mountPath } = agent.storage;
  const cache = agent.accelerator && { name: cacheVolume(agent), path: agent.accelerator.cachePath };
  const data = agent.replicas > 1 ? undefined : dataVolume(agent);
  return {
    named: [...(data ? [data] : []), ...(cache ? [cache.name] : [])],
    mounts: [data ? `${data}:${mountPath}` : mountPath, ...(cache ? [`${cache.name}:${cache.path}`] : [])],
  };
}

interface Accelerated {
  service: Pick<Service, "platform" | "runtime" | "group_add">;
  environment: Record<string, string>;
}

/** NVIDIA Container Runtime; the devices of a Jetson belong to the group video. */
const acceleratorOf = ({ accelerator }: AgentPlan): Accelerated =>
  accelerator === undefined
    ? { service: {}, environment: {} }
    : {
        service: { platform: "linux/arm64", runtime: "nvidia", group_add: ["video"] },
        environment: { NVIDIA_DRIVER_CAPABILITIES: "all", NVIDIA_VISIBLE_DEVICES: "all" },
      };

/** A free port of the host each: several agents do not quarrel over one. */
function portsOf({ health, settings }: AgentPlan): Pick<Service, "ports"> {
  if (health === undefined || !(settings.docker.publish || settings.public)) return {};
  return { ports: [{ target: health.port, ...(!settings.public && { host_ip: "127.0.0.1" }) }] };
}

const healthcheck = ({ health }: AgentPlan): Record<string, unknown> =>
  health === undefined
    ? { disable: true }
    : {
        test: ["CMD", CONTAINER.entrypoint, "healthcheck"],
        interval: "10s",
        timeout: "10s",
        retries: 3,
        start_period: `${health.startSeconds}s`,
      };
