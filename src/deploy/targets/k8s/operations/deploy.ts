import type { DeployPlan } from "../../../plan.ts";
import type { Step } from "../../../target.ts";
import { namespaceOf } from "../names.ts";
import { appliedFiles } from "../render.ts";
import { filesOf, kubectl, serverSide } from "./kubectl.ts";
import { deleteLeftovers } from "./leftovers.ts";
import { namespaceSteps } from "./namespace-steps.ts";
import { preflight } from "./preflight.ts";
import { pruneConfigs } from "./prune.ts";
import { restartForSecrets } from "./restart.ts";
import { agentRollout, brokerRollout, retryStuck } from "./rollout-steps.ts";
import { setAgentSecrets, setLogin } from "./secrets.ts";
import { storeSteps } from "./store-steps.ts";

/** Checks, then the namespace, the secrets, everything else, and the wait until it is ready. */
export function deploy(plan: DeployPlan, dir: string, given: readonly string[]): Step[] {
  const { agents, broker } = plan;
  const secrets = [
    ...setLogin(plan, given),
    ...agents.flatMap((agent) => setAgentSecrets(plan, agent, given)),
  ];
  return [
    ...preflight(plan, "patch", ["deployments.apps", ...(secrets.length > 0 ? ["secrets"] : [])]),
    ...namespaceSteps(plan, dir),
    tryOut(plan, dir),
    ...secrets,
    apply(plan, dir),
    ...deleteLeftovers(plan),
    ...storeSteps(plan),
    ...restartForSecrets(plan, agents),
    ...retryStuck(plan),
    ...(broker.kind === "included" ? [brokerRollout(plan, broker)] : []),
    ...agents.map((agent) => agentRollout(plan, agent)),
    ...pruneConfigs(plan),
  ];
}

/** The cluster's own word on every object: unknown kinds, missing rights, quotas, policies, fields that cannot change. */
const tryOut = (plan: DeployPlan, dir: string): Step => ({
  title: "try it out on the cluster, which changes nothing",
  argv: kubectl(plan, "apply", ...serverSide(), "--dry-run=server", ...filesOf(dir, appliedFiles(plan))),
  readOnly: true,
  onFailure: `Nothing was changed${namespaceOf(plan) === "default" ? "" : ", but that the namespace exists now"}. Mend what the cluster says, and deploy again.`,
});

const apply = (plan: DeployPlan, dir: string): Step => ({
  title: `apply ${deploymentsOf(plan).join(", ")}`,
  argv: kubectl(plan, "apply", ...serverSide(), ...filesOf(dir, appliedFiles(plan))),
  onFailure: "Some of the objects may be new, the others are as they were. Mend the cause, and deploy again.",
});

const deploymentsOf = ({ broker, agents }: DeployPlan): string[] => [
  ...(broker.kind === "included" ? [broker.host] : []),
  ...agents.map(({ name }) => name),
];
