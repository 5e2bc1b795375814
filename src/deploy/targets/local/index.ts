import type { DeployPlan } from "../../plan.ts";
import type { DeployTarget, PlanProblem } from "../../target.ts";
import { operations } from "./operations.ts";
import { renderLocal } from "./render.ts";
import { configFolder, secretsFile } from "./systemd.ts";

/** This machine: agents under a supervisor in the foreground, or units for systemd and launchd that keep them running. */
export const target: DeployTarget = {
  name: "local",
  summary: "This machine: agents under supervision; systemd and launchd units",
  openBroker: true,
  clis: [
    {
      commands: ["agent2389"],
      self: true,
      versionArgs: ["--version"],
      install: "put agent2389 on PATH: it is the same program as agent-deploy",
    },
  ],
  problems: ({ agents }) => agents.flatMap(replicaProblem),
  render: renderLocal,
  operations,
  instructions,
};

const replicaProblem = ({ name, replicas }: DeployPlan["agents"][number]): PlanProblem[] =>
  replicas > 1
    ? [
        {
          agent: name,
          message: `replicas = ${replicas} is for platforms with containers, not for one machine`,
          hint: "An agent works several tasks at a time as it is: [runtime] concurrency.",
        },
      ]
    : [];

/** How the systemd units are put in place; those of launchd go to /Library/LaunchDaemons. */
function instructions({ agents }: DeployPlan): string[] {
  return [
    ...agents.flatMap(({ name, secrets }) => [
      `sudo install -D -m 644 -t ${configFolder(name)} config/${name}/*`,
      ...(secrets.length > 0
        ? [
            `sudo install -m 600 /dev/stdin ${secretsFile(name)}   # ${secrets.map((secret) => `${secret.name}=…`).join(" ")}`,
          ]
        : []),
    ]),
    "sudo install -m 644 -t /etc/systemd/system systemd/*.service && sudo systemctl daemon-reload",
    `sudo systemctl enable --now ${agents.map(({ name }) => name).join(" ")}`,
  ];
}
