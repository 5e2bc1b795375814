import type { AgentPlan, DeployPlan } from "../../plan.ts";
import type { Files } from "../../target.ts";
import { BROKER_PORT, BROKER_URL, brokerName, healthPort, pathIn, plainEnv } from "./layout.ts";
import { type PlistValue, plist } from "./plist.ts";

const PREFIX = "/usr/local";
const PROGRAM = `${PREFIX}/bin/agent2389`;

const labelOf = (name: string): string => `dev.agent2389.${name}`;

/** Daemons of launchd (launchd.plist(5)), which has no files of variables: secrets are files of their own. */
export function launchdDaemons(plan: DeployPlan): Files {
  const daemons = [
    ...(plan.broker.kind === "included" ? [brokerDaemon(plan)] : []),
    ...plan.agents.map((agent, index) => agentDaemon(plan, agent, index)),
  ];
  const remark = `Rendered by agent-deploy ${plan.version}. Change the agent's config, not this.`;
  return Object.fromEntries(daemons.map((daemon) => [`${daemon.Label}.plist`, plist(daemon, remark)]));
}

const macConfigFolder = (name: string): string => `${PREFIX}/etc/agent2389/${name}`;

/** File with the value of one secret. */
const macSecretFile = (name: string, secret: string): string => `${macConfigFolder(name)}/secrets/${secret}`;

function agentDaemon(plan: DeployPlan, agent: AgentPlan, index: number) {
  const { name, secrets } = agent;
  const needed = secrets.filter(({ required }) => required);
  return daemon(name, {
    args: [PROGRAM, ...agent.args],
    env: {
      ...plainEnv(agent, plan.broker),
      CONFIG_PATH: pathIn(macConfigFolder(name), agent.config),
      HEALTH_HOST: "127.0.0.1",
      HEALTH_PORT: String(healthPort(index)),
      ...(plan.broker.kind === "included" && { MQTT_BROKER_URL: BROKER_URL }),
      ...Object.fromEntries(
        needed.map((secret) => [`${secret.name}_FILE`, macSecretFile(name, secret.name)]),
      ),
    },
    stopSeconds: agent.killAfterSeconds,
  });
}

const brokerDaemon = (plan: DeployPlan) =>
  daemon(brokerName(plan), {
    args: [PROGRAM, "broker", "--port", String(BROKER_PORT)],
    env: {},
    stopSeconds: 30,
  });

interface Daemon {
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  stopSeconds: number;
}

const daemon = (name: string, { args, env, stopSeconds }: Daemon) =>
  ({
    Label: labelOf(name),
    ProgramArguments: args,
    EnvironmentVariables: { ...env, AGENT2389_DATA_DIR: `${PREFIX}/var/agent2389/${name}` },
    UserName: "_agent2389",
    RunAtLoad: true,
    KeepAlive: { SuccessfulExit: false },
    ThrottleInterval: 10,
    ExitTimeOut: stopSeconds,
    ProcessType: "Background",
    Umask: 0o077,
    StandardOutPath: `${PREFIX}/var/log/agent2389/${name}.log`,
    StandardErrorPath: `${PREFIX}/var/log/agent2389/${name}.log`,
  }) satisfies PlistValue;
