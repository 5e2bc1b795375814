import { quantityValue } from "../../../base/quantity.ts";
import type { AgentPlan, DeployPlan } from "../../plan.ts";
import type { Files } from "../../target.ts";
import { BROKER_PORT, BROKER_URL, brokerName, healthPort, pathIn, plainEnv } from "./layout.ts";
import { plainText, type Setting, unitFile, variable, word } from "./unit-file.ts";

const PROGRAM = "/usr/local/bin/agent2389";
const CONFIG_FOLDER = "/etc/agent2389";

export function systemdUnits(plan: DeployPlan): Files {
  const agents = plan.agents.map(
    (agent, index) => [`${agent.name}.service`, agentUnit(plan, agent, index)] as const,
  );
  const broker =
    plan.broker.kind === "included" ? [[`${brokerName(plan)}.service`, brokerUnit(plan)] as const] : [];
  return Object.fromEntries([...broker, ...agents]);
}

/** Folder of an agent's config and secrets on the machine. */
export const configFolder = (name: string): string => `${CONFIG_FOLDER}/${name}`;

/** Secrets, NAME=value, of root and for root alone. */
export const secretsFile = (name: string): string => `${configFolder(name)}/secrets.env`;

function agentUnit(plan: DeployPlan, agent: AgentPlan, index: number): string {
  const { name } = agent;
  const included = plan.broker.kind === "included";
  const after = ["network-online.target", ...(included ? [`${brokerName(plan)}.service`] : [])];
  return unitFile(header(plan), {
    Unit: [
      ["Description", plainText(`Agent ${agent.agentId}: ${agent.description}`)],
      ["Wants", after],
      ["After", after],
      ...RESTART_LIMITS,
    ],
    Service: [
      ["Type", "exec"],
      ["ExecStart", [PROGRAM, ...agent.args].map(word)],
      ...Object.entries(environmentOf(plan, agent, index)).map(([key, value]) => variable(key, value)),
      ["Environment", `AGENT2389_DATA_DIR=%S/agent2389/${name}`],
      ...(agent.secrets.length > 0 ? [["EnvironmentFile", `-${secretsFile(name)}`] as const] : []),
      ...RESTART,
      { remark: "Running tasks end first; what is left then is taken up at the next start." },
      ["KillMode", "mixed"],
      ["TimeoutStopSec", agent.killAfterSeconds],
      ["CPUQuota", `${Math.max(1, Math.round(100 * quantityValue(agent.resources.limits.cpu)))}%`],
      ["MemoryMax", Math.round(quantityValue(agent.resources.limits.memory))],
      ...confinement(name, { devices: agent.accelerator !== undefined }),
    ],
    Install: [["WantedBy", "multi-user.target"]],
  });
}

const environmentOf = ({ broker }: DeployPlan, agent: AgentPlan, index: number): Record<string, string> => ({
  ...plainEnv(agent, broker),
  CONFIG_PATH: pathIn(configFolder(agent.name), agent.config),
  HEALTH_HOST: "127.0.0.1",
  HEALTH_PORT: String(healthPort(index)),
  ...(broker.kind === "included" && { MQTT_BROKER_URL: BROKER_URL }),
});

function brokerUnit(plan: DeployPlan): string {
  const name = brokerName(plan);
  return unitFile(header(plan), {
    Unit: [["Description", `MQTT broker of ${plan.project}, on the loopback`], ...RESTART_LIMITS],
    Service: [
      ["Type", "exec"],
      ["ExecStart", [PROGRAM, "broker", "--port", String(BROKER_PORT)]],
      ["Environment", `AGENT2389_DATA_DIR=%S/agent2389/${name}`],
      ...RESTART,
      ["TimeoutStopSec", 30],
      ...confinement(name, { devices: false }),
    ],
    Install: [["WantedBy", "multi-user.target"]],
  });
}

const header = ({ version, agents }: DeployPlan): string =>
  `Rendered by agent-deploy ${version} from ${agents.map(({ source }) => source).join(", ")}. Change that, not this.`;

const RESTART_LIMITS: Setting[] = [
  ["StartLimitIntervalSec", 300],
  ["StartLimitBurst", 5],
];

/** Status 2: the config is wrong, which no other start will mend. */
const RESTART: Setting[] = [
  ["Restart", "on-failure"],
  ["RestartSec", 5],
  ["RestartPreventExitStatus", 2],
];

/** What an agent does not need, it does not get (systemd.exec(5)). */
const confinement = (name: string, { devices }: { devices: boolean }): Setting[] => [
  ["DynamicUser", "yes"],
  ["StateDirectory", `agent2389/${name}`],
  ["StateDirectoryMode", "0700"],
  ["UMask", "0077"],
  ["NoNewPrivileges", "yes"],
  ["CapabilityBoundingSet", ""],
  ["AmbientCapabilities", ""],
  ["ProtectSystem", "strict"],
  ["ProtectHome", "yes"],
  ["PrivateTmp", "yes"],
  ...(devices
    ? [{ remark: "No PrivateDevices: the accelerator is one." }, ["SupplementaryGroups", "video"] as const]
    : [["PrivateDevices", "yes"] as const]),
  ["PrivateUsers", "yes"],
  ["ProtectKernelTunables", "yes"],
  ["ProtectKernelModules", "yes"],
  ["ProtectKernelLogs", "yes"],
  ["ProtectControlGroups", "yes"],
  ["ProtectClock", "yes"],
  ["ProtectHostname", "yes"],
  ["ProtectProc", "invisible"],
  ["RestrictAddressFamilies", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"]],
  ["RestrictNamespaces", "yes"],
  ["RestrictRealtime", "yes"],
  ["RestrictSUIDSGID", "yes"],
  ["LockPersonality", "yes"],
  ["RemoveIPC", "yes"],
  ["SystemCallArchitectures", "native"],
  ["SystemCallFilter", "@system-service"],
  ["SystemCallFilter", "~@privileged"],
  { remark: "No MemoryDenyWriteExecute: the program compiles JavaScript as it runs." },
];
