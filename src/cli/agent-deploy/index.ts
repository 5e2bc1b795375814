import type { CommandTable, Program } from "../framework/table.ts";

/** Every command. Its module is imported when it runs; the help needs no more than what stands here. */
const commands: CommandTable = {
  deploy: {
    group: "Deploy",
    summary: "Deploy agents, and wait until they are ready",
    load: () => import("./deploy.ts"),
  },
  render: {
    group: "Deploy",
    summary: "Write the platform's files, and touch nothing else",
    load: () => import("./render.ts"),
  },
  diff: { group: "Deploy", summary: "Show what a deployment would change", load: () => import("./diff.ts") },
  secrets: {
    group: "Deploy",
    summary: "See and set the secrets that agents need",
    load: () => import("./secrets/index.ts"),
  },
  status: {
    group: "Look after them",
    summary: "Show how deployed agents are doing",
    load: () => import("./status.ts"),
  },
  logs: {
    group: "Look after them",
    summary: "Show the logs of deployed agents",
    load: () => import("./logs.ts"),
  },
  rollback: {
    group: "Look after them",
    summary: "Go back to the version that was deployed before",
    load: () => import("./rollback.ts"),
  },
  destroy: {
    group: "Look after them",
    summary: "Take deployed agents away, with all that belongs to them",
    load: () => import("./destroy.ts"),
  },
  targets: {
    group: "Begin",
    summary: "List the platforms, what each needs, and whether it is here",
    load: () => import("./targets.ts"),
  },
  new: {
    group: "Begin",
    summary: "Write the config of a new agent from a template",
    load: () => import("../new.ts"),
  },
  completion: {
    group: "Begin",
    summary: "Print a script that completes commands and options in your shell",
    load: async () => ({ command: (await import("../completion/index.ts")).completionOf(agentDeploy) }),
  },
};

export const agentDeploy: Program = {
  name: "agent-deploy",
  summary: "Bring agents from their config files to where they run",
  commands,
  start: [
    "agent-deploy new basic my-agent -o my-agent.toml",
    "agent-deploy deploy docker my-agent.toml           # with a broker, if it names none",
    "agent-deploy deploy k8s my-agent.toml --dry-run    # the files and the exact commands",
    "agent-deploy targets                               # where else",
  ],
};
