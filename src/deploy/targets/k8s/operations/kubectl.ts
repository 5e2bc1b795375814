import type { DeployPlan } from "../../../plan.ts";
import type { Step } from "../../../target.ts";
import { namespaceOf } from "../names.ts";

/** Who the cluster takes the fields of our objects to belong to (Kubernetes documentation, Server-Side Apply). */
const FIELD_MANAGER = "agent-deploy";

/** A call of kubectl in the plan's context and namespace. */
export function kubectl(plan: DeployPlan, ...args: string[]): Step["argv"] {
  const context = plan.agents[0]?.settings.k8s.context;
  return [
    "kubectl",
    ...(context === undefined ? [] : ["--context", context]),
    "--namespace",
    namespaceOf(plan),
    ...args,
  ];
}

/**
 * Server-side apply, for which the config alone says what is so: fields that someone else has set meanwhile (`kubectl
 * scale`, a rollback) are taken over.
 */
export const serverSide = (manager = FIELD_MANAGER): string[] => [
  "--server-side",
  `--field-manager=${manager}`,
  "--force-conflicts",
];

/** What to do when a look at the cluster fails. */
export const LOOK_FAILED =
  "Does the cluster run, and is it the one that `kubectl config current-context` names? --context names another.";

export const filesOf = (dir: string, files: readonly string[]): string[] =>
  files.flatMap((file) => ["--filename", `${dir}/${file}`]);
