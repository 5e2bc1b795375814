import { stringify } from "smol-toml";
import { gibibytes } from "../../../base/quantity.ts";
import type { AgentPlan, HealthPlan } from "../../plan.ts";
import { variablesWithoutVolume } from "../../plan-variables.ts";
import { argumentLine } from "./argument-line.ts";
import { flyVm } from "./vm.ts";

/** Volume of the journal. Names of volumes belong to the app. */
export const VOLUME = "agent2389_data";

/** Tells, in the configuration that Fly keeps of a release, which config was deployed: `agent-deploy diff` asks for it. */
export const HASH_VARIABLE = "AGENT2389_CONFIG_HASH";

/** Files beside fly.toml: what the container finds in /app/config. */
export const localPath = (guestPath: string): string => guestPath.replace(/^\/app\//, "");

/** Size of the volume in GB, as Fly counts: whole ones. */
export const volumeSize = (size: string): number => Math.max(1, Math.ceil(gibibytes(size)));

/** The keys of a fly.toml that we write; https://fly.io/docs/reference/configuration/ describes them. */
export function flyConfig(agent: AgentPlan) {
  const { name, settings, storage } = agent;
  const vm = flyVm(agent);
  return {
    app: name,
    primary_region: settings.fly.region,
    kill_signal: "SIGTERM",
    kill_timeout: agent.killAfterSeconds,
    build: { image: agent.image },
    deploy: { strategy: strategyOf(agent), wait_timeout: `${waitSeconds(agent)}s` },
    env: { ...variablesWithoutVolume(agent), [HASH_VARIABLE]: agent.config.hash },
    processes: { app: argumentLine(agent.args) },
    files: [agent.config, ...agent.files].map(({ path }) => ({
      guest_path: path,
      local_path: localPath(path),
    })),
    ...(storage.size !== undefined && {
      mounts: [
        { source: VOLUME, destination: storage.mountPath, initial_size: `${volumeSize(storage.size)}gb` },
      ],
    }),
    ...(agent.health && healthSections(agent.health, settings.public)),
    // Without a volume, the journal at least outlives a crash of the agent.
    ...(vm && { vm: [{ ...vm, ...(storage.size === undefined && { persist_rootfs: "restart" as const }) }] }),
    // An agent that stopped takes no tasks: nothing on Fly would start it again.
    restart: [{ policy: "always" }],
  };
}

/** A Machine with a volume cannot stand beside its successor. */
const strategyOf = ({ storage, settings }: AgentPlan): "rolling" | "bluegreen" =>
  storage.size === undefined ? settings.fly.strategy : "rolling";

/** Stopping the old one, starting the new one, and two minutes for the image. */
export const waitSeconds = ({ killAfterSeconds, health }: AgentPlan): number =>
  Math.max(300, killAfterSeconds + (health?.startSeconds ?? 0) + 120);

/** Checks that hold up a deployment until the agent is ready; a public address only where one is asked for. */
function healthSections({ port, ready }: HealthPlan, isPublic: boolean) {
  const check = { grace_period: "10s", interval: "15s", timeout: "5s", method: "GET", path: ready };
  return {
    metrics: [{ port, path: "/metrics" }],
    ...(isPublic
      ? {
          http_service: {
            internal_port: port,
            force_https: true,
            // Tasks come over MQTT: the proxy sees no traffic, and must not take that for idleness.
            auto_stop_machines: "off",
            auto_start_machines: false,
            checks: [check],
          },
        }
      : { checks: { ready: { type: "http", port, ...check } } }),
  };
}

/** The text of fly.toml. */
export function flyToml(agent: AgentPlan): string {
  return `${header(agent)
    .map((line) => `# ${line}\n`)
    .join("")}\n${stringify(flyConfig(agent))}`;
}

const header = ({ source, storage, handBack, replicas }: AgentPlan): string[] => [
  `Made by agent-deploy from ${JSON.stringify(source)}. Secrets are not in it: fly secrets import sets them.`,
  ...(replicas === 1
    ? [
        "To deploy by hand, run fly deploy --ha=false in this folder: a second Machine would take the first one's MQTT session.",
      ]
    : []),
  ...(storage.size === undefined && handBack !== "journal"
    ? [
        "Without a volume, tasks that are not done when a deployment stops a Machine go back to the broker (AGENT2389_HAND_BACK).",
      ]
    : []),
];
