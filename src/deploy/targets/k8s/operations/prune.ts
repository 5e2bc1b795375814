import type { DeployPlan } from "../../../plan.ts";
import type { Step } from "../../../target.ts";
import { agentSelector, brokerSelector, type Selector, selectorText } from "../names.ts";
import { kubectl } from "./kubectl.ts";

/** Deletes the ConfigMaps that no version needs any more that `rollback` can go back to. */
export const pruneConfigs = (plan: DeployPlan): Step[] => [
  ...(plan.broker.kind === "included" ? [prune(plan, plan.broker.host, brokerSelector(plan.broker))] : []),
  ...plan.agents.map((agent) => prune(plan, agent.name, agentSelector(agent))),
];

const prune = (plan: DeployPlan, name: string, selector: Selector): Step => ({
  title: `delete old configs of ${name}`,
  argv: kubectl(plan, "delete", "configmaps", "--ignore-not-found"),
  argsFrom: {
    argv: kubectl(
      plan,
      ...["get", "configmaps,replicasets", "--selector", selectorText(selector)],
      ...["--output", CONFIGS],
    ),
    args: (stdout) => unneededConfigs(stdout, name),
    placeholder: "<those that no version needs>",
    because: "there are none",
  },
  quietSkip: true,
  onFailure: "The deployment itself is done: only old ConfigMaps are left over.",
});

/** A line each: kind, name, the ConfigMaps that pods of a ReplicaSet mount. */
const CONFIGS =
  'jsonpath={range .items[*]}{.kind} {.metadata.name} {.spec.template.spec.volumes[*].configMap.name}{"\\n"}{end}';

/** Names of our ConfigMaps that no ReplicaSet mounts. Without any ReplicaSet nothing is sure, and nothing is deleted. */
function unneededConfigs(listing: string, name: string): string[] {
  const rows = listing.split("\n").map((line) => line.split(" "));
  const needed = new Set(rows.flatMap(([kind, , ...mounted]) => (kind === "ReplicaSet" ? mounted : [])));
  if (!rows.some(([kind]) => kind === "ReplicaSet")) return [];
  return rows
    .flatMap(([kind, config]) => (kind === "ConfigMap" && config !== undefined ? [config] : []))
    .filter((config) => config.startsWith(`${name}-config-`) && !needed.has(config));
}
