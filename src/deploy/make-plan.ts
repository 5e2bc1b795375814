import type { AgentInput } from "./agent-input.ts";
import { CONTAINER, RESERVED_KEYS } from "./container.ts";
import { jetpackProblem, jetsonImage, programImage } from "./jetpack.ts";
import type { AgentPlan, BrokerPlan, DeployPlan } from "./plan.ts";
import { planBroker } from "./plan-broker.ts";
import { planFiles } from "./plan-files.ts";
import { nameOf, nameProblems, projectOf } from "./plan-names.ts";
import { planEnv, planSecrets } from "./plan-variables.ts";
import type { PlanProblem } from "./target.ts";

/** Seconds that the platform waits longer than the agent drains: disconnecting, the outbox, the journal. */
const STOP_SECONDS = 10;

/** Seconds that starting may take: MCP servers are installed and the broker is waited for. */
const START_SECONDS = 120;

const DEFAULT_VOLUME = "1Gi";

export interface PlanOptions {
  /** Of this program. */
  version: string;
  /** Name that the command line asks for. */
  project?: string | undefined;
  /** All run on this machine: see DeployTarget. */
  openBroker?: boolean | undefined;
}

export interface Planned {
  /** Not to be deployed while there are problems. */
  plan: DeployPlan;
  problems: PlanProblem[];
}

/** The plan for agents that are deployed together, and everything that is wrong with it. Pure. */
export function makePlan(
  inputs: readonly AgentInput[],
  { version, project: asked, openBroker = false }: PlanOptions,
): Planned {
  const names = inputs.map(nameOf);
  const project = asked ?? projectOf(inputs, names);
  const { broker, problems } = planBroker(inputs, project, { open: openBroker });
  const agents = inputs.map((input, i) => planAgent(input, names[i]!, broker, version));
  return {
    plan: { project, agents: agents.map(({ agent }) => agent), broker, version },
    problems: [
      ...nameProblems(inputs, names, project),
      ...problems,
      ...agents.flatMap((planned) => planned.problems),
      ...inputs.flatMap(keyProblems),
      ...inputs.flatMap(replicaProblems),
      ...inputs.flatMap(secretProblems),
      ...inputs.flatMap(acceleratorProblems),
    ],
  };
}

function planAgent(
  input: AgentInput,
  name: string,
  broker: BrokerPlan,
  version: string,
): { agent: AgentPlan; problems: PlanProblem[] } {
  const { deploy, drainSeconds } = input;
  const { config, files, problems } = planFiles(input);
  const agent: AgentPlan = {
    name,
    agentId: input.agentId,
    description: input.description,
    source: input.source,
    config,
    files,
    image: deploy.image ?? defaultImage(deploy, version),
    args: argsOf(input, broker),
    env: planEnv(input, broker),
    secrets: planSecrets(input, broker),
    health: input.health
      ? { port: CONTAINER.healthPort, live: "/live", ready: "/ready", startSeconds: START_SECONDS }
      : undefined,
    drainSeconds,
    killAfterSeconds: Math.ceil(drainSeconds) + STOP_SECONDS,
    handBack: input.handBack,
    replicas: deploy.replicas,
    concurrency: input.concurrency,
    resources: deploy.resources,
    storage: {
      mountPath: CONTAINER.data,
      size: deploy.storage ?? (input.keepsData ? DEFAULT_VOLUME : undefined),
    },
    accelerator:
      deploy.accelerator === "none"
        ? undefined
        : { kind: deploy.accelerator, jetpack: deploy.jetpack, cachePath: CONTAINER.cache },
    settings: { fly: deploy.fly, k8s: deploy.k8s, docker: deploy.docker, public: deploy.public },
  };
  return { agent, problems };
}

/** Keys that are set on the command line, as `agent2389 run` takes them. A broker that is deployed along comes by its variable. */
function argsOf({ set }: AgentInput, broker: BrokerPlan): string[] {
  const passed = set.filter(
    ({ key }) => !RESERVED_KEYS.includes(key) && !(broker.kind === "included" && key === "mqtt.broker_url"),
  );
  return ["run", ...passed.flatMap(({ key, value }) => ["--set", `${key}=${value}`])];
}

const defaultImage = ({ accelerator, jetpack }: AgentInput["deploy"], version: string): string =>
  accelerator === "jetson" ? jetsonImage(version, jetpack) : programImage(version);

/** An image of one's own needs no base of ours. */
function acceleratorProblems({ agentId, deploy }: AgentInput): PlanProblem[] {
  if (deploy.accelerator !== "jetson" || deploy.image !== undefined) return [];
  const problem = jetpackProblem(deploy.jetpack);
  return problem === undefined ? [] : [{ agent: agentId, ...problem }];
}

const keyProblems = ({ agentId, set }: AgentInput): PlanProblem[] =>
  set
    .filter(({ key }) => RESERVED_KEYS.includes(key))
    .map(({ key }) => ({
      agent: agentId,
      message: `--set ${key}: the deployment itself says that`,
      hint: "Leave it out: the platform looks for the agent's health and data in a fixed place of the container.",
    }));

function replicaProblems({ agentId, deploy, sharedSubscription }: AgentInput): PlanProblem[] {
  const wanted =
    deploy.replicas > 1
      ? `replicas = ${deploy.replicas}`
      : deploy.k8s.autoscale === "none"
        ? undefined
        : `autoscale = "${deploy.k8s.autoscale}"`;
  if (wanted === undefined || sharedSubscription) return [];
  return [
    {
      agent: agentId,
      message: `${wanted} needs a shared subscription: without one each replica would take the other's session`,
      hint: "Set [mqtt] shared_subscription = true, or deploy one replica.",
    },
  ];
}

const secretProblems = ({ agentId, misplaced }: AgentInput): PlanProblem[] =>
  misplaced.map((name) => ({
    agent: agentId,
    message: `deploy.env.${name} is a secret, or made of one, and would stand in what is rendered`,
    hint: `Take it out of [deploy.env], and set ${name} in the environment: secrets are handed over at each deployment.`,
  }));
