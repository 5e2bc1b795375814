import type { DeployPlan } from "../../../plan.ts";
import { type Explained, explained } from "../manifest.ts";
import { namespaceOf } from "../names.ts";

/**
 * The namespace, in which nothing less than the restricted Pod Security Standard is admitted; none for `default`, which
 * every cluster has. `deploy` makes it only where there is none: a namespace of others is left as it is.
 */
export function namespace(plan: DeployPlan): Explained | undefined {
  const name = namespaceOf(plan);
  if (name === "default") return undefined;
  const labels = {
    "app.kubernetes.io/managed-by": "agent-deploy",
    "pod-security.kubernetes.io/enforce": "restricted",
  };
  return explained({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
}
