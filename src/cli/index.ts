import { agentDeploy } from "./agent-deploy/index.ts";
import { programCalled, withPrograms } from "./framework/programs.ts";
import type { CommandTable, Program } from "./framework/table.ts";

/** Every command. Its module is imported when it runs; the help needs no more than what stands here. */
const commands: CommandTable = {
  demo: {
    group: "Run agents",
    summary: "Show an agent at work, with nothing to set up",
    load: () => import("./demo/index.ts"),
  },
  run: { group: "Run agents", summary: "Run an agent", load: () => import("./run/index.ts") },
  up: {
    group: "Run agents",
    summary: "Run several agents at once, with a broker if there is none",
    load: () => import("./up/index.ts"),
  },
  broker: {
    group: "Run agents",
    summary: "Run the embedded MQTT broker alone",
    load: () => import("./broker.ts"),
  },
  ask: {
    group: "Talk to agents",
    summary: "Send a task to an agent and print its answer",
    load: () => import("./ask/index.ts"),
  },
  agents: {
    group: "Talk to agents",
    summary: "List the agents that are available",
    load: () => import("./agents.ts"),
  },
  monitor: {
    group: "Talk to agents",
    summary: "Watch the agents' messages as they pass",
    load: () => import("./monitor/index.ts"),
  },
  "deploy-model": {
    group: "Deploy models",
    summary: "Bring ONNX models to devices in INT8, with their accuracy proven",
    load: () => import("./deploy-model/index.ts"),
  },
  "model-car": {
    group: "Deploy models",
    summary: "Tell whether LLMs will serve on given GPUs: GO or NO-GO",
    load: () => import("./model-car/index.ts"),
  },
  new: {
    group: "Write configs",
    summary: "Write the config of a new agent from a template",
    load: () => import("./new.ts"),
  },
  validate: {
    group: "Write configs",
    summary: "Check config files and tell all that is wrong with them",
    load: () => import("./validate.ts"),
  },
  config: {
    group: "Write configs",
    summary: "Show a config as it takes effect",
    load: () => import("./config.ts"),
  },
  schema: {
    group: "Write configs",
    summary: "Print the JSON Schema of configs, for editors",
    load: () => import("./schema.ts"),
  },
  doctor: {
    group: "Look after them",
    summary: "Tell what is missing to run a config, and how to mend it",
    load: () => import("./doctor/index.ts"),
  },
  healthcheck: {
    group: "Look after them",
    summary: "Ask a running agent whether it is ready",
    load: () => import("./healthcheck.ts"),
  },
  licenses: {
    group: "Look after them",
    summary: "Tell the licences of what is in this program",
    load: () => import("./licenses/index.ts"),
  },
  "inject-message": {
    hidden: true,
    summary: "Send a task to an agent: the peer implementation's spelling of 'ask'",
    load: () => import("./peer/inject-message.ts"),
  },
  "mqtt-monitor": {
    hidden: true,
    summary: "Watch the agents' messages: the peer implementation's spelling of 'monitor'",
    load: () => import("./peer/mqtt-monitor.ts"),
  },
  supervise: {
    hidden: true,
    summary: "Keep agents running on this machine: what agent-deploy does by it",
    load: () => import("./supervise/index.ts"),
  },
  completion: {
    group: "Look after them",
    summary: "Print a script that completes commands and options in your shell",
    load: async () => ({ command: (await import("./completion/index.ts")).completionOf(agent2389) }),
  },
};

const agent2389: Program = withPrograms(
  {
    name: "agent2389",
    summary: "Run AI agents from config files, and talk to them over MQTT",
    commands,
    start: [
      "agent2389 demo                          # an agent at work, with nothing to set up",
      "agent2389 new basic my-agent -o my-agent.toml",
      "agent2389 up my-agent.toml              # runs it, with a broker",
      'agent2389 ask my-agent "Say hello"',
    ],
  },
  [{ program: agentDeploy, group: "Deploy agents" }],
);

/** Every program that this executable is; the first is what any other name calls. */
export const programs: readonly [Program, ...Program[]] = [agent2389, agentDeploy];

/** By the name that the executable is called by, with a path or without. */
export const programNamed = (calledAs: string): Program => programCalled(programs, calledAs);
