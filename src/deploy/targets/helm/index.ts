import { shellLine } from "../../../base/shell-line.ts";
import type { DeployPlan } from "../../plan.ts";
import type { DeployTarget } from "../../target.ts";
import { namespaceOf } from "../k8s/names.ts";
import { problems } from "../k8s/problems.ts";
import { render } from "./render.ts";

/** A Helm chart of what the target k8s renders, for whoever installs with Helm. */
export const target: DeployTarget = {
  name: "helm",
  summary: "A Helm chart for Kubernetes",
  clis: [],
  problems,
  render,
  instructions: (plan: DeployPlan) => {
    const namespace = ["--namespace", namespaceOf(plan)];
    return [
      shellLine(["helm", "upgrade", "--install", plan.project, ".", ...namespace, "--create-namespace"]),
      shellLine(["helm", "test", plan.project, ...namespace]),
    ];
  },
};
