import { posix } from "node:path";
import type { AgentPlan, DeployPlan } from "../../plan.ts";
import type { DeployTarget } from "../../target.ts";
import { flyToml, localPath } from "./fly-toml.ts";
import { folderOf } from "./folder.ts";
import { operations } from "./operations.ts";
import { flyProblems } from "./problems.ts";

/** Fly.io: an app of Machines for each agent, described by a fly.toml that carries the config. */
export const target: DeployTarget = {
  name: "fly",
  summary: "Fly.io Machines, by flyctl",
  clis: [
    {
      commands: ["fly", "flyctl"],
      versionArgs: ["version"],
      // [[restart]], auto_stop_machines = "off", and secrets in quotes.
      minVersion: "0.3.0",
      install: "https://fly.io/docs/flyctl/install/ (macOS: brew install flyctl)",
    },
    {
      commands: ["docker"],
      versionArgs: ["--version"],
      install:
        "https://docs.docker.com/engine/install/ (for an image of this machine; none is needed for --image from a registry)",
    },
  ],
  problems: flyProblems,
  render: (plan) => Object.fromEntries(plan.agents.flatMap((agent) => filesOf(plan, agent))),
  operations,
  instructions: (plan) =>
    plan.agents.flatMap((agent) => [
      `fly apps create ${agent.name}`,
      ...importSecrets(agent),
      deployFrom(folderOf(plan, agent)),
    ]),
};

const importSecrets = ({ name, secrets }: AgentPlan): string[] =>
  secrets.length === 0
    ? []
    : [
        `fly secrets import --stage --app ${name}   # reads ${secrets.map((secret) => `${secret.name}=…`).join(" ")}, a line each`,
      ];

const deployFrom = (folder: string): string =>
  folder === "" ? "fly deploy --ha=false" : `(cd ${folder} && fly deploy --ha=false)`;

function filesOf(plan: DeployPlan, agent: AgentPlan): [path: string, text: string][] {
  const folder = folderOf(plan, agent);
  const carried = [agent.config, ...agent.files].map(({ path, text }) => [localPath(path), text] as const);
  return [["fly.toml", flyToml(agent)] as const, ...carried].map(([path, text]) => [
    posix.join(folder, path),
    text,
  ]);
}
