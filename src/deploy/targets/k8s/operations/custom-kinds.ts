import type { DeployPlan } from "../../../plan.ts";
import type { Step } from "../../../target.ts";
import { kubectl } from "./kubectl.ts";

/** A kind of an operator, which a cluster has or has not. */
export interface CustomKind {
  group: string;
  /** As kubectl takes it and lists it, without the group. */
  plural: string;
  kind: string;
}

export const EXTERNAL_SECRETS: CustomKind = {
  group: "external-secrets.io",
  plural: "externalsecrets",
  kind: "ExternalSecret",
};

/** Those that make objects themselves come first. */
export const CUSTOM_KINDS: readonly CustomKind[] = [
  { group: "keda.sh", plural: "scaledobjects", kind: "ScaledObject" },
  EXTERNAL_SECRETS,
  { group: "monitoring.coreos.com", plural: "servicemonitors", kind: "ServiceMonitor" },
];

/** Deletes the objects of such a kind that the selector finds, where the cluster knows it and has some. */
export const deleteCustom = (plan: DeployPlan, { group, plural }: CustomKind, selector: string): Step => ({
  title: `delete ${plural}`,
  argv: kubectl(plan, "delete", `${plural}.${group}`, "--selector", selector, "--ignore-not-found"),
  skipIf: {
    argv: kubectl(plan, "get", `${plural}.${group}`, "--selector", selector, "--output", "name"),
    satisfied: ({ stdout }) => stdout.trim() === "",
    because: "there are none",
  },
  quietSkip: true,
});
