import { CONTAINER } from "../../container.ts";
import { DEFAULT_JETPACK, jetpackProblem, jetsonImage, programImage } from "../../jetpack.ts";
import type { AgentPlan, DeployPlan } from "../../plan.ts";
import type { DeployTarget, PlanProblem, TargetOperations } from "../../target.ts";
import { target as docker } from "../compose/index.ts";
import { dockerfileFor } from "./dockerfile.ts";

/** NVIDIA Jetson: Docker Compose on the board, and the Dockerfile of the TensorRT worker that fits its JetPack. */
export const target: DeployTarget = {
  name: "jetson",
  summary: "NVIDIA Jetson: a TensorRT worker with Docker Compose",
  clis: docker.clis,
  problems: (plan) => [...jetpackProblems(onJetson(plan)), ...docker.problems(onJetson(plan))],
  render: (plan) => ({
    ...docker.render(onJetson(plan)),
    "Dockerfile.jetson": dockerfileOf(onJetson(plan)),
  }),
  ...(docker.operations && { operations: operationsOnJetson(docker.operations) }),
  instructions: (plan) => {
    const { agents, version } = onJetson(plan);
    const images = [...new Set(agents.map(({ image }) => image))];
    return [
      `docker build --file Dockerfile.generic --tag ${programImage(version)} .   # where the source of agent2389 is`,
      ...images.map((image) => `docker build --file Dockerfile.jetson --tag ${image} .`),
      ...docker.instructions(onJetson(plan)),
    ];
  },
};

/** Who names this target means a Jetson, whatever the config says of accelerators. */
function onJetson(plan: DeployPlan): DeployPlan {
  return { ...plan, agents: plan.agents.map((agent) => accelerated(agent, plan.version)) };
}

function accelerated(agent: AgentPlan, version: string): AgentPlan {
  if (agent.accelerator !== undefined) return agent;
  const image = agent.image === programImage(version) ? jetsonImage(version, DEFAULT_JETPACK) : agent.image;
  return {
    ...agent,
    image,
    accelerator: { kind: "jetson", jetpack: DEFAULT_JETPACK, cachePath: CONTAINER.cache },
  };
}

const jetpackOf = ({ accelerator }: AgentPlan): string => accelerator?.jetpack ?? DEFAULT_JETPACK;

/** One board has one JetPack, which we must know; for our own image the planner has looked already. */
function jetpackProblems({ agents: [first, ...others], version }: DeployPlan): PlanProblem[] {
  if (first === undefined) return [];
  const isOwn = first.image === jetsonImage(version, jetpackOf(first));
  const unknown = isOwn ? undefined : jetpackProblem(jetpackOf(first));
  const differing = others
    .filter((agent) => jetpackOf(agent) !== jetpackOf(first))
    .map((agent) => ({
      agent: agent.name,
      message: `${agent.name} is for JetPack ${jetpackOf(agent)}, ${first.name} for ${jetpackOf(first)}`,
      hint: "One board has one JetPack: let [deploy] jetpack agree, or deploy the agents apart.",
    }));
  return [...(unknown ? [{ agent: first.name, ...unknown }] : []), ...differing];
}

const dockerfileOf = ({ agents, version }: DeployPlan): string =>
  dockerfileFor(agents[0] === undefined ? DEFAULT_JETPACK : jetpackOf(agents[0]), version);

/** What Compose does, for a plan that asks for the accelerator. */
function operationsOnJetson(compose: TargetOperations): TargetOperations {
  return {
    ...compose,
    deploy: (plan, dir, given) => compose.deploy(onJetson(plan), dir, given),
    status: (plan) => compose.status(onJetson(plan)),
    logs: (plan, options) => compose.logs(onJetson(plan), options),
    destroy: (plan, dir) => compose.destroy(onJetson(plan), dir),
    rollback: (plan, dir, isBefore) => compose.rollback(onJetson(plan), dir, isBefore),
    diff: (plan, dir) => compose.diff(onJetson(plan), dir),
    pushSecrets: (plan, agent, names, dir) => compose.pushSecrets(onJetson(plan), agent, names, dir),
    listSecrets: (plan, agent) => compose.listSecrets(onJetson(plan), agent),
    next: (plan) => compose.next(onJetson(plan)),
  };
}
