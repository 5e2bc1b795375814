import type { DeployPlan } from "../../../plan.ts";
import type { Step } from "../../../target.ts";
import { brokerSelector, type IncludedBroker, MANAGED, namespaceOf } from "../names.ts";
import { CUSTOM_KINDS, deleteCustom, EXTERNAL_SECRETS } from "./custom-kinds.ts";
import { kubectl } from "./kubectl.ts";
import { preflight } from "./preflight.ts";

/** Workloads first, so that nothing runs without its config or its volume. */
const KINDS = [
  "deployments.apps",
  "horizontalpodautoscalers.autoscaling",
  "poddisruptionbudgets.policy",
  "services",
  "networkpolicies.networking.k8s.io",
  "persistentvolumeclaims",
  "configmaps",
  "secrets",
  "serviceaccounts",
] as const;

/** Everything that was deployed, with the volumes; the namespace too, if agent-deploy made it and nothing else is in it. */
export function destroy(plan: DeployPlan): Step[] {
  const names = plan.agents.map(({ name }) => name);
  const agents = `${MANAGED},app.kubernetes.io/name=agent2389,app.kubernetes.io/instance in (${names.join(",")})`;
  const seconds = Math.max(...plan.agents.map(({ killAfterSeconds }) => killAfterSeconds)) + 120;
  return [
    ...preflight(plan, "delete", ["deployments.apps"]),
    ...CUSTOM_KINDS.map((custom) => deleteCustom(plan, custom, agents)),
    deleteAll(plan, `${names.join(", ")} and the data of their volumes`, agents, seconds),
    ...(plan.broker.kind === "included" ? brokerSteps(plan, plan.broker) : []),
    ...namespaceStep(plan),
  ];
}

const deleteAll = (plan: DeployPlan, what: string, selector: string, seconds: number): Step => ({
  title: `delete ${what}`,
  argv: kubectl(
    plan,
    ...["delete", KINDS.join(","), "--selector", selector],
    ...["--cascade=foreground", "--ignore-not-found", `--timeout=${seconds}s`],
  ),
  timeoutSeconds: seconds + 30,
  onFailure: "What was deleted is gone. Mend the cause, and run it again for the rest.",
});

/** Not while other agents of the project are there: it is theirs, too. */
function brokerSteps(plan: DeployPlan, broker: IncludedBroker): Step[] {
  const { "app.kubernetes.io/instance": instance, "app.kubernetes.io/name": name } = brokerSelector(broker);
  const selector = `${MANAGED},app.kubernetes.io/name=${name},app.kubernetes.io/instance in (${instance})`;
  const others = `${MANAGED},app.kubernetes.io/component=agent,app.kubernetes.io/part-of=${plan.project}`;
  const step = deleteAll(plan, `the broker ${broker.host} and what waits in it`, selector, 120);
  return [
    {
      ...step,
      skipIf: {
        argv: kubectl(plan, "get", "deployments", "--selector", others, "--output", "name"),
        satisfied: ({ stdout }) => stdout.trim() !== "",
        because: "other agents use it",
      },
    },
    deleteCustom(plan, EXTERNAL_SECRETS, selector),
  ];
}

/** Found in every namespace. */
const STANDARD = ["configmap/kube-root-ca.crt", "configmap/openshift-service-ca.crt"];

function namespaceStep(plan: DeployPlan): Step[] {
  const name = namespaceOf(plan);
  if (name === "default") return [];
  return [
    {
      title: `delete the namespace ${name}`,
      argv: kubectl(plan, "delete", "namespace", "--ignore-not-found"),
      skipIf: {
        argv: kubectl(plan, "get", "namespaces", "--selector", MANAGED, "--output", "name"),
        satisfied: ({ code, stdout }) => code !== 0 || !stdout.split("\n").includes(`namespace/${name}`),
        because: "agent-deploy did not make it",
      },
      argsFrom: {
        argv: kubectl(
          plan,
          "get",
          "all,configmaps,secrets,persistentvolumeclaims,ingresses",
          "--output",
          "name",
        ),
        args: (stdout) => (isEmpty(stdout) ? [name] : []),
        placeholder: `<${name}, if nothing else is in it>`,
        because: "something else is in it",
      },
    },
  ];
}

const isEmpty = (listing: string): boolean =>
  listing.split("\n").every((object) => object === "" || STANDARD.includes(object));
