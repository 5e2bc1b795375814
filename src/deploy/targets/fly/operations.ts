import { join } from "node:path";
import { counted } from "../../../base/counted.ts";
import { isLocalImage } from "../../local-image.ts";
import type { AgentPlan, DeployPlan } from "../../plan.ts";
import type { LogOptions, RenderedFolder, Step, TargetOperations } from "../../target.ts";
import { countMachines, imageBefore, secretNames } from "./answers.ts";
import { addressSteps, creation, destruction, importStep, volumeStep } from "./app.ts";
import { checks } from "./checks.ts";
import { configDiff } from "./diff.ts";
import { waitSeconds } from "./fly-toml.ts";
import { fly } from "./flyctl.ts";
import { folderOf } from "./folder.ts";

/** Everything that is done to Fly, by flyctl. One app for each agent. */
export const operations: TargetOperations = {
  deploy: (plan, dir, given) => [
    ...checks(plan),
    ...plan.agents.flatMap((agent) => deployment(plan, agent, { dir, given })),
  ],
  status: ({ agents }) => agents.map(statusStep),
  logs: ({ agents }, options) =>
    agents
      .filter(({ name }) => options.agent === undefined || options.agent === name)
      .map((agent) => logStep(agent, options)),
  destroy: ({ agents }) => agents.map(destruction),
  rollback: (plan, dir, isBefore) =>
    plan.agents.map((agent) => (isBefore ? goBack(plan, agent, dir) : imageBack(plan, agent, dir))),
  diff: ({ agents }) =>
    agents.map((agent) => ({
      title: `compare ${agent.name} with what is deployed`,
      argv: fly("config", "show", "--app", agent.name),
      readOnly: true,
      shown: true,
      inspect: (stdout) => configDiff(stdout, agent),
      onFailure: `Is ${agent.name} deployed? To see what a deployment would do: agent-deploy deploy --dry-run`,
    })),
  pushSecrets: (_plan, agent, names) => [importStep(agent, names, { stage: false })],
  listSecrets: (_plan, { name }) => ({
    argv: fly("secrets", "list", "--app", name, "--json"),
    names: secretNames,
  }),
  next: ({ agents }) => agents.flatMap(nextLines),
};

function deployment(
  plan: DeployPlan,
  agent: AgentPlan,
  { dir, given }: { dir: RenderedFolder; given: readonly string[] },
): Step[] {
  const names = agent.secrets.map(({ name }) => name).filter((name) => given.includes(name));
  return [
    creation(agent),
    ...(names.length > 0 ? [importStep(agent, names, { stage: true })] : []),
    ...(agent.storage.size === undefined ? [] : [volumeStep(agent, agent.storage.size)]),
    ...(agent.settings.public ? addressSteps(agent) : []),
    deployStep(plan, agent, dir),
    scaleStep(agent),
    { ...statusStep(agent), title: `show the Machines of ${agent.name}` },
  ];
}

function deployStep(plan: DeployPlan, agent: AgentPlan, dir: RenderedFolder): Step {
  const { name } = agent;
  return {
    title: `deploy ${name} and wait until it is ready`,
    argv: fly(...deployArguments(agent), ...(isLocalImage(agent.image) ? ["--local-only"] : [])),
    cwd: join(dir, folderOf(plan, agent)),
    shown: true,
    timeoutSeconds: 2 * waitSeconds(agent) + 600,
    diagnose: [statusStep(agent), logStep(agent, { follow: false, tail: 30 })],
    onFailure: `The app ${name} and its secrets are there; what ran before may still run. Deploying again goes on from here; agent-deploy rollback fly goes back.`,
  };
}

/** --ha would start a second Machine, which would take the first one's MQTT session. */
const deployArguments = ({ name, settings }: AgentPlan): string[] => [
  "deploy",
  ...["--app", name, "--config", "fly.toml", "--ha=false", "--yes"],
  ...(settings.public ? [] : ["--no-public-ips"]),
];

const scaleStep = ({ name, replicas, settings }: AgentPlan): Step => ({
  title: `let ${counted(replicas, "Machine")} of ${name} run`,
  argv: fly("scale", "count", String(replicas), "--app", name, "--region", settings.fly.region, "--yes"),
  skipIf: {
    argv: fly("machine", "list", "--app", name, "--json"),
    satisfied: ({ code, stdout }) => code === 0 && countMachines(stdout) === replicas,
    because: `${name} has ${replicas}`,
  },
  onFailure: `${name} is deployed, but not with as many Machines as it should have: fly scale show --app ${name}`,
});

const statusStep = ({ name }: AgentPlan): Step => ({
  title: `show ${name}`,
  argv: fly("status", "--app", name),
  readOnly: true,
  shown: true,
});

const logStep = ({ name }: AgentPlan, { follow, tail }: LogOptions): Step => ({
  title: `show the log of ${name}`,
  argv: fly("logs", "--app", name, ...(follow ? [] : ["--no-tail"])),
  readOnly: true,
  shown: true,
  // flyctl cannot say how many lines it wants.
  ...(follow ? {} : { inspect: (stdout: string) => lastLines(stdout, tail) }),
});

const lastLines = (text: string, count: number): string =>
  text.trimEnd().split("\n").slice(-count).join("\n");

/** The files of the version before name its image, too. */
const goBack = (plan: DeployPlan, agent: AgentPlan, dir: RenderedFolder): Step => ({
  ...deployStep(plan, agent, dir),
  title: `deploy ${agent.name} as it was before and wait until it is ready`,
  onFailure: notReplaced(agent),
});

/** Fly keeps the images of releases, not their files: where those are not known, the config stays as it is. */
function imageBack(plan: DeployPlan, agent: AgentPlan, dir: RenderedFolder): Step {
  const { name } = agent;
  return {
    ...deployStep(plan, agent, dir),
    title: `deploy the image of the release before of ${name}, with the config as it is here`,
    argv: fly(...deployArguments(agent)),
    argsFrom: {
      argv: fly("releases", "--app", name, "--image", "--json"),
      args: (stdout) => ["--image", imageBefore(stdout, name)],
      placeholder: "--image <that of the release before>",
    },
    onFailure: notReplaced(agent),
  };
}

const notReplaced = ({ name }: AgentPlan): string =>
  `The present release of ${name} was not replaced, or only in part: fly releases --app ${name}`;

function nextLines({ name, settings }: AgentPlan): string[] {
  return [
    ...(settings.public ? [`https://${name}.fly.dev/health`] : []),
    `fly logs --app ${name}`,
    `fly dashboard --app ${name}`,
  ];
}
