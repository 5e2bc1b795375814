import { join } from "node:path";
import { ExpectedError } from "../../../base/errors.ts";
import { oneOf } from "../../../base/one-of.ts";
import { CONTAINER } from "../../container.ts";
import type { AgentPlan, DeployPlan } from "../../plan.ts";
import type { LogOptions, RenderedFolder, Step, TargetOperations } from "../../target.ts";
import { COMPOSE_FILE } from "./compose-file.ts";
import { crashLoop } from "./crash-loop.ts";
import { imageSteps } from "./images.ts";
import { serviceDiff } from "./service-diff.ts";
import { setSecrets } from "./set-secrets.ts";

type Argv = Step["argv"];

/** Compose finds what runs by the project's name alone. The name is given, as COMPOSE_PROJECT_NAME would come before the file's. */
const compose = ({ project }: DeployPlan, ...args: string[]): Argv => [
  "docker",
  "compose",
  ...["--progress", "quiet", "--project-name", project],
  ...args,
];

/** The same for people, in whose terminal colors are welcome. */
const typed = ({ project }: DeployPlan, ...args: string[]): string =>
  ["docker", "compose", "--project-name", project, ...args].join(" ");

const withFile = (plan: DeployPlan, dir: RenderedFolder, ...args: string[]): Argv =>
  compose(plan, "--file", join(dir, COMPOSE_FILE), ...args);

/** Everything that is done by Docker Compose, or podman compose. */
export const operations: TargetOperations = {
  deploy: (plan, dir, given) => [check(plan, dir, given), ...imageSteps(plan), up(plan, dir, given)],
  status: (plan) => [{ ...status(plan), inspect: (stdout) => allThere(stdout, plan) }],
  logs: (plan, options) => [logs(plan, options)],
  destroy: (plan, dir) => [
    {
      title: `remove the containers, the network and the volumes of ${plan.project}, with the tasks that wait in them`,
      argv: withFile(plan, dir, "--profile", "*", "down", "--volumes", "--remove-orphans"),
      timeoutSeconds: stopSeconds(plan) + 120,
      onFailure: "Some of it may be left: run the same command again.",
    },
  ],
  rollback: (plan, dir) => [
    { ...up(plan, dir, secretsOf(plan)), title: `bring ${plan.project} back to what ran before` },
  ],
  diff: (plan) => [serviceDiff(plan)],
  pushSecrets: (plan, agent, names, dir) => [pushSecrets(plan, agent, names, dir)],
  forgetsSecrets: true,
  rollbackByFiles: true,
  listSecrets: setSecrets,
  next,
};

const secretsOf = ({ agents }: DeployPlan): string[] =>
  [...new Set(agents.flatMap(({ secrets }) => secrets.map(({ name }) => name)))].sort();

const check = (plan: DeployPlan, dir: RenderedFolder, given: readonly string[]): Step => ({
  title: `check the Compose file of ${plan.project}`,
  argv: withFile(plan, dir, "config", "--quiet"),
  secretEnv: given,
  readOnly: true,
  onFailure: "Nothing was changed.",
});

/** Replaced containers drain first; new ones get the time that they may take to start. */
const up = (plan: DeployPlan, dir: RenderedFolder, given: readonly string[]): Step => ({
  title: `start ${plan.project} and wait until all of it is healthy`,
  argv: withFile(
    plan,
    dir,
    ...["up", "--detach", "--no-build", "--remove-orphans"],
    ...["--wait", "--wait-timeout", String(startSeconds(plan))],
  ),
  secretEnv: given,
  shown: true,
  timeoutSeconds: PULL_SECONDS + stopSeconds(plan) + startSeconds(plan),
  hopelessIf: crashLoop(plan),
  diagnose: [status(plan), logs(plan, { follow: false, tail: 20 })],
  onFailure:
    "What was started stays, so that it can be looked at. Mend it and deploy again, or go back: agent-deploy rollback docker",
});

/** Images come first: large ones over slow lines. */
const PULL_SECONDS = 900;
/** Until the health checks are through, once everything has started. */
const HEALTH_SECONDS = 60;

const startSeconds = ({ agents }: DeployPlan): number =>
  HEALTH_SECONDS + Math.max(...agents.map(({ health }) => health?.startSeconds ?? 0));

const stopSeconds = ({ agents }: DeployPlan): number =>
  Math.max(...agents.map(({ killAfterSeconds }) => killAfterSeconds));

const status = (plan: DeployPlan): Step => ({
  title: `show the containers of ${plan.project}`,
  argv: compose(plan, "ps", "--all"),
  readOnly: true,
  shown: true,
});

/** What Compose lists; throws an ExpectedError when an agent is not among it. */
function allThere(stdout: string, { project, agents }: DeployPlan): string {
  const missing = agents
    .filter(({ name }) => !stdout.includes(`${project}-${name}-`))
    .map(({ name }) => name);
  if (missing.length === 0) return stdout.trimEnd();
  throw new ExpectedError(`${oneOf(missing, "and")} ${missing.length === 1 ? "is" : "are"} not deployed`, {
    hint: "To deploy: agent-deploy deploy docker <config>",
  });
}

const logs = (plan: DeployPlan, { follow, tail, agent }: LogOptions): Step => ({
  title: `show the log of ${agent ?? plan.project}`,
  argv: compose(
    plan,
    ...["logs", "--no-color", "--tail", String(tail)],
    ...(follow ? ["--follow"] : []),
    ...(agent === undefined ? [] : [agent]),
  ),
  readOnly: true,
  shown: true,
});

/** A new login concerns the broker as well. That a secret in a file is another one, Compose does not see by itself. */
function pushSecrets(
  plan: DeployPlan,
  agent: AgentPlan,
  names: readonly string[],
  dir: RenderedFolder,
): Step {
  const { broker } = plan;
  const login =
    broker.kind === "included" && broker.auth ? [broker.auth.usernameSecret, broker.auth.passwordSecret] : [];
  const services = [
    ...(broker.kind === "included" && names.some((name) => login.includes(name)) ? [broker.host] : []),
    agent.name,
  ];
  return {
    title: `start ${services.join(" and ")} anew with ${names.join(", ")}`,
    argv: withFile(
      plan,
      dir,
      "up",
      "--detach",
      "--no-build",
      "--no-deps",
      "--force-recreate",
      "--wait",
      ...services,
    ),
    secretEnv: names,
    timeoutSeconds: stopSeconds(plan) + startSeconds(plan),
  };
}

function next(plan: DeployPlan): string[] {
  const { name, agentId } = plan.agents[0]!;
  const inside = typed(plan, "exec", name, CONTAINER.entrypoint);
  return [
    `${inside} ask ${agentId} "Say hello"`,
    ...plan.agents.flatMap((agent) => publishedPort(plan, agent)),
    typed(plan, "logs", "--follow"),
  ];
}

const publishedPort = (plan: DeployPlan, { name, health, settings }: AgentPlan): string[] =>
  health && (settings.docker.publish || settings.public)
    ? [`${typed(plan, "port", name, String(health.port))}: where its /health is`]
    : [];
