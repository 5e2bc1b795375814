import type { AgentPlan, DeployPlan } from "../../plan.ts";
import type { PlanProblem } from "../../target.ts";
import { CLI_SERVICE } from "./names.ts";

export const composeProblems = (plan: DeployPlan): PlanProblem[] => [
  ...plan.agents.flatMap((agent) => [...nameProblems(agent, plan), ...accessProblems(agent)]),
  ...sharedProblems(plan),
];

function nameProblems({ name }: AgentPlan, { broker }: DeployPlan): PlanProblem[] {
  if (broker.kind === "external" || (name !== broker.host && name !== CLI_SERVICE)) return [];
  const whose = name === CLI_SERVICE ? "the program beside its broker" : "the broker";
  return [
    {
      agent: name,
      message: `${name} is what the Compose file calls ${whose}`,
      hint: "Give the agent another name: [deploy] name.",
    },
  ];
}

/** Compose copies secrets into containers, and cannot into a read-only root. */
const accessProblems = ({ name, settings: { docker } }: AgentPlan): PlanProblem[] =>
  docker.read_only && docker.secrets === "file"
    ? [
        {
          agent: name,
          message: "Compose cannot put secrets as files into a container with a read-only root",
          hint: 'Set one of them in [deploy.docker]: read_only = true, or secrets = "file".',
        },
      ]
    : [];

/** The broker's container follows the agents' settings, so that these must agree. */
function sharedProblems({ agents }: DeployPlan): PlanProblem[] {
  const [first] = agents;
  return agents
    .filter(({ settings: { docker } }) => {
      const { read_only, secrets } = first!.settings.docker;
      return docker.read_only !== read_only || docker.secrets !== secrets;
    })
    .map(({ name }) => ({
      agent: name,
      message: `${name} and ${first!.name} differ in [deploy.docker] read_only or secrets`,
      hint: "Agents of one project share a broker, whose container does as they do: let them agree, or deploy them apart.",
    }));
}
