import type { AgentPlan, DeployPlan } from "../../../plan.ts";
import type { Step } from "../../../target.ts";
import { PROGRESS_SECONDS } from "../manifests/rollout.ts";
import { agentSelector, brokerSelector, type IncludedBroker, type Selector } from "../names.ts";
import { diagnosis } from "./diagnosis.ts";
import { hopelessRollout, restartStuck } from "./hopeless.ts";
import { kubectl } from "./kubectl.ts";

/** Seconds that a pod gets to end when it does not say (Kubernetes API, PodSpec). */
const DEFAULT_STOP_SECONDS = 30;

export const agentRollout = (plan: DeployPlan, agent: AgentPlan): Step =>
  rollout(plan, agent.name, agentSelector(agent), agent.killAfterSeconds);

export const brokerRollout = (plan: DeployPlan, broker: IncludedBroker): Step =>
  rollout(plan, broker.host, brokerSelector(broker), DEFAULT_STOP_SECONDS);

/** Before the wait: what is stuck already would end it at once. */
export const retryStuck = (plan: DeployPlan): Step[] => [
  ...(plan.broker.kind === "included"
    ? [restartStuck(plan, plan.broker.host, brokerSelector(plan.broker))]
    : []),
  ...plan.agents.map((agent) => restartStuck(plan, agent.name, agentSelector(agent))),
];

function rollout(plan: DeployPlan, name: string, selector: Selector, stopSeconds: number): Step {
  const seconds = PROGRESS_SECONDS + stopSeconds;
  return {
    title: `wait until ${name} is ready`,
    argv: kubectl(plan, "rollout", "status", `deployment/${name}`, `--timeout=${seconds}s`),
    readOnly: true,
    timeoutSeconds: seconds + 30,
    hopelessIf: hopelessRollout(plan, selector),
    diagnose: diagnosis(plan, name, selector),
    onFailure: `${name} was changed and does not become ready. Mend it and deploy again, or go back with: agent-deploy rollback k8s`,
  };
}
