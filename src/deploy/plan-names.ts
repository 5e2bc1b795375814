import type { AgentInput } from "./agent-input.ts";
import { isDnsLabel, labelProblem, toDnsLabel } from "./names.ts";
import type { PlanProblem } from "./target.ts";

/** Name of the deployment of one agent. */
export const nameOf = ({ name, deploy, agentId }: AgentInput): string =>
  name ?? deploy.name ?? toDnsLabel(agentId);

/** Name of all that is deployed together. */
export function projectOf(inputs: readonly AgentInput[], names: readonly string[]): string {
  const asked = inputs.find(({ deploy }) => deploy.docker.project !== undefined)?.deploy.docker.project;
  return asked ?? (names.length === 1 ? names[0]! : "agents");
}

/** Names that no platform takes, or that two agents have. */
export function nameProblems(
  inputs: readonly AgentInput[],
  names: readonly string[],
  project: string,
): PlanProblem[] {
  const problems: PlanProblem[] = [];
  if (!isDnsLabel(project) && !names.includes(project)) {
    problems.push(labelProblem("the project", project));
  }
  for (const [i, { agentId, source }] of inputs.entries()) {
    const name = names[i]!;
    if (!isDnsLabel(name)) problems.push({ agent: agentId, ...labelProblem("the name", name) });
    const twin = inputs.findIndex((other, j) => j < i && other.agentId === agentId);
    if (twin >= 0) {
      problems.push({
        message: `${inputs[twin]!.source} and ${source} have the agent id "${agentId}"`,
        hint: "Two agents of one id would take each other's tasks: give each an id of its own ([agent] id).",
      });
    } else if (names.indexOf(name) < i) {
      problems.push({
        message: `${inputs[names.indexOf(name)]!.source} and ${source} would both be deployed as ${name}`,
        hint: "Give one of them another name: [deploy] name.",
      });
    }
  }
  return problems;
}
