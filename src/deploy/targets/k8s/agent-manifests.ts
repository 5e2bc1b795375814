import type { AgentPlan, DeployPlan } from "../../plan.ts";
import type { Explained } from "./manifest.ts";
import { autoscaler } from "./manifests/autoscaler.ts";
import { configMap } from "./manifests/config-map.ts";
import { deployment } from "./manifests/deployment.ts";
import { disruptionBudget } from "./manifests/disruption-budget.ts";
import { externalSecret } from "./manifests/external-secret.ts";
import { networkPolicy } from "./manifests/network-policy.ts";
import { service } from "./manifests/service.ts";
import { serviceAccount } from "./manifests/service-account.ts";
import { serviceMonitor } from "./manifests/service-monitor.ts";
import { volumeClaim } from "./manifests/volume-claim.ts";

/** Everything of one agent, in the order in which it is applied: what a pod needs comes before it. */
export const agentManifests = (plan: DeployPlan, agent: AgentPlan): Explained[] =>
  [
    serviceAccount(plan, agent),
    externalSecret(plan, agent),
    configMap(plan, agent),
    volumeClaim(plan, agent),
    networkPolicy(plan, agent),
    service(plan, agent),
    deployment(plan, agent),
    disruptionBudget(plan, agent),
    autoscaler(plan, agent),
    serviceMonitor(plan, agent),
  ].filter((manifest) => manifest !== undefined);
