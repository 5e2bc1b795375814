import type { QuotaSpec } from "./objects.ts";

/**
 * Whether a quota counts the pod of a model. `priority`: only if the pod has such a priority class, in words. `unknown`: it
 * has a scope that is not known here.
 */
export type Counts = { is: "yes" | "no" } | { is: "priority" | "unknown"; what: string };

const YES: Counts = { is: "yes" };
const NO: Counts = { is: "no" };

/**
 * The scopes of a quota (kubernetes.io, Resource Quotas, quota scopes), held against a pod that serves: it has no deadline,
 * asks for CPU and memory, as KServe's pods do unless told otherwise, has no affinity to pods of other namespaces, and no
 * priority class that is known of here. A quota with several scopes counts the pods that match all of them.
 */
export function countsServing(spec: QuotaSpec | null | undefined): Counts {
  const plain = (spec?.scopes ?? []).map((scope) => byScope(scope, "Exists", []));
  const selected = (spec?.scopeSelector?.matchExpressions ?? []).map(({ scopeName, operator, values }) =>
    byScope(scopeName, operator, values ?? []),
  );
  const all = [...plain, ...selected];
  const first = (is: Counts["is"]): Counts | undefined => all.find((one) => one.is === is);
  return first("no") ?? first("unknown") ?? first("priority") ?? YES;
}

function byScope(scope: string, operator: string, classes: readonly string[]): Counts {
  switch (scope) {
    case "NotTerminating":
    case "NotBestEffort":
      return YES;
    case "Terminating":
    case "BestEffort":
    case "CrossNamespacePodAffinity":
    case "VolumeAttributesClass": // of volume claims, not of pods
      return NO;
    case "PriorityClass":
      if (operator === "NotIn" || operator === "DoesNotExist") return YES;
      return {
        is: "priority",
        what: classes.length === 0 ? "a priority class" : `priority class ${classes.join(" or ")}`,
      };
    default:
      return { is: "unknown", what: scope };
  }
}
