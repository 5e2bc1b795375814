import type { AgentPlan, DeployPlan } from "../../../plan.ts";
import type { Step } from "../../../target.ts";
import { agentManifests } from "../agent-manifests.ts";
import { MANAGED } from "../names.ts";
import { CUSTOM_KINDS, type CustomKind, deleteCustom } from "./custom-kinds.ts";
import { kubectl } from "./kubectl.ts";

/** Kinds that an agent has or has not, by what kubectl calls them. A volume stays: its data cannot be made again. */
const OPTIONAL = {
  HorizontalPodAutoscaler: "horizontalpodautoscaler.autoscaling",
  PodDisruptionBudget: "poddisruptionbudget.policy",
  Service: "service",
} as const;

/** Deletes what a deployment before had made for these agents and the config does not ask for any more. */
export const deleteLeftovers = (plan: DeployPlan): Step[] => [
  ...CUSTOM_KINDS.flatMap((custom) => customLeftovers(plan, custom)),
  builtInLeftovers(plan),
];

const kindsOf = (plan: DeployPlan, agent: AgentPlan): string[] =>
  agentManifests(plan, agent).map(({ manifest }) => manifest.kind);

function customLeftovers(plan: DeployPlan, custom: CustomKind): Step[] {
  const without = plan.agents.filter((agent) => !kindsOf(plan, agent).includes(custom.kind));
  return without.length === 0 ? [] : [deleteCustom(plan, custom, selectorOf(without))];
}

function builtInLeftovers(plan: DeployPlan): Step {
  const wanted = plan.agents.flatMap((agent) => {
    const kinds = kindsOf(plan, agent);
    return Object.entries(OPTIONAL)
      .filter(([kind]) => kinds.includes(kind))
      .map(([, name]) => `${name}/${agent.name}`);
  });
  return {
    title: "delete what the config does not ask for any more",
    argv: kubectl(plan, "delete", "--ignore-not-found"),
    argsFrom: {
      argv: kubectl(
        plan,
        ...["get", Object.values(OPTIONAL).join(",")],
        ...["--selector", selectorOf(plan.agents), "--output", "name"],
      ),
      args: (stdout) => leftovers(stdout, wanted),
      placeholder: "<objects that are left over>",
      because: "there is nothing",
    },
    quietSkip: true,
  };
}

/** kubectl names objects as `horizontalpodautoscaler.autoscaling/name`. */
const leftovers = (listing: string, wanted: readonly string[]): string[] =>
  listing.split("\n").filter((object) => object !== "" && !wanted.includes(object));

const selectorOf = (agents: readonly AgentPlan[]): string =>
  `${MANAGED},app.kubernetes.io/component=agent,app.kubernetes.io/instance in (${agents.map(({ name }) => name).join(",")})`;
