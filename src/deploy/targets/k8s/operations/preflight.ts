import type { DeployPlan } from "../../../plan.ts";
import type { Step } from "../../../target.ts";
import { namespaceOf } from "../names.ts";
import { kubectl, LOOK_FAILED } from "./kubectl.ts";

/** Finds out that a cluster answers, and that it lets us do what is meant, before anything is changed. */
export const preflight = (
  plan: DeployPlan,
  verb: "patch" | "delete" | "get",
  kinds: readonly string[],
): Step[] => [
  {
    title: "reach the cluster",
    argv: kubectl(plan, "version", "--request-timeout=10s"),
    readOnly: true,
    timeoutSeconds: 30,
    onFailure: `Nothing was changed. ${LOOK_FAILED}`,
  },
  ...kinds.map((kind) => mayI(plan, verb, kind)),
];

const mayI = (plan: DeployPlan, verb: string, kind: string): Step => ({
  title: `make sure that you may ${verb} ${kind} in the namespace ${namespaceOf(plan)}`,
  argv: kubectl(plan, "auth", "can-i", verb, kind),
  readOnly: true,
  timeoutSeconds: 30,
  onFailure: "Nothing was changed. Log in to the cluster as someone who has the right, or ask for it.",
});
