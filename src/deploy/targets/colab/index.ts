import type { AgentPlan, BrokerPlan, DeployPlan } from "../../plan.ts";
import type { DeployTarget, PlanProblem } from "../../target.ts";
import { agentCell } from "./agent-cell.ts";
import follow from "./cells/follow.py" with { type: "text" };
import install from "./cells/install.py" with { type: "text" };
import secrets from "./cells/secrets.py" with { type: "text" };
import settings from "./cells/settings.py" with { type: "text" };
import start from "./cells/start.py" with { type: "text" };
import stop from "./cells/stop.py" with { type: "text" };
import { notebook } from "./notebook.ts";

/** Google Colab: a notebook for each agent, which installs the program and runs the agent against a given broker. */
export const target: DeployTarget = {
  name: "colab",
  summary: "A Google Colab notebook that runs the agent",
  clis: [],
  problems: colabProblems,
  render: ({ agents, broker }) =>
    Object.fromEntries(
      agents.map((agent) => [fileOf(agent), notebook(fileOf(agent), cellsOf(agent, broker))]),
    ),
  instructions: ({ agents }) => [
    "Put agent2389-linux-x64 and SHA256SUMS into the folder agent2389 of your Drive: scripts/build.ts --all makes them.",
    ...agents.map(
      (agent) =>
        `Open ${fileOf(agent)} on https://colab.research.google.com (File, Upload notebook), and run its cells in turn.`,
    ),
  ],
};

const fileOf = ({ name }: AgentPlan): string => `${name}.ipynb`;

const cellsOf = (agent: AgentPlan, broker: BrokerPlan) => [
  { id: "about", kind: "markdown", text: about(agent, broker) } as const,
  ...Object.entries({ settings, agent: agentCell(agent), install, secrets, start, follow, stop }).map(
    ([id, text]) => ({ id, kind: "code", text }) as const,
  ),
];

const about = ({ name, description }: AgentPlan, broker: BrokerPlan): string => `# ${name}

${description}

Run the cells in turn. The agent connects to the broker at \`${broker.kind === "external" ? broker.url : ""}\`, takes tasks and answers them
until you run the last cell, or Colab ends this runtime.

- **Secrets** come from Colab's store (the key symbol on the left). They are in no cell.
- **The journal** of accepted tasks is on the disk of this runtime. With \`KEEP_ON_DRIVE\` a copy goes to
  \`My Drive/agent2389/${name}\` every \`KEEP_SECONDS\` and at the end, and a new runtime starts from the last one.
- **Colab ends runtimes** that are idle, and every one some time, without a word to the agent. Tasks that it has not
  accepted yet wait with the broker. Of those accepted since the last copy, tasks may be lost or worked twice.
- **Nobody reaches it** from the Internet: its health server listens on the runtime itself only.
- **One at a time:** two runtimes with this notebook would take each other's connection.`;

/** What a notebook cannot carry. */
function colabProblems({ broker, agents }: DeployPlan): PlanProblem[] {
  const own: PlanProblem[] =
    broker.kind === "external"
      ? []
      : [
          {
            message: "a notebook deploys no broker along, and the config names none that it could reach",
            hint: "Name one that is reachable from the Internet: --set MQTT_BROKER_URL=mqtts://broker.example.com:8883",
          },
        ];
  const jetsons = agents
    .filter(({ accelerator }) => accelerator !== undefined)
    .map(({ name }) => ({
      agent: name,
      message: "Colab has no NVIDIA Jetson, which the deployment asks for",
      hint: "Deploy to the board itself, with agent-deploy deploy jetson; or leave out --accelerator.",
    }));
  return [...own, ...jetsons];
}
