import type { AgentPlan, DeployPlan } from "../../../plan.ts";
import type { Step } from "../../../target.ts";
import { kubectl } from "./kubectl.ts";
import { preflight } from "./preflight.ts";
import { agentRollout } from "./rollout-steps.ts";

/** Each agent to the version before, whose ConfigMap stands as long as the cluster keeps that version. */
export const rollback = (plan: DeployPlan): Step[] => [
  ...preflight(plan, "patch", ["deployments.apps"]),
  ...plan.agents.map((agent) => undo(plan, agent)),
  ...plan.agents.map((agent) => agentRollout(plan, agent)),
];

const undo = (plan: DeployPlan, { name }: AgentPlan): Step => ({
  title: `take ${name} back to the version before`,
  argv: kubectl(plan, "rollout", "undo", `deployment/${name}`),
  onFailure: `${name} is as it was. To see which versions there are: kubectl rollout history deployment/${name}`,
});
