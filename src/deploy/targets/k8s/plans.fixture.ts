import type { AgentPlan, DeployPlan } from "../../plan.ts";
import { examplePlans, planOfText } from "../../plans.fixture.ts";

type K8s = AgentPlan["settings"]["k8s"];

/** The plan with other settings of its agents. */
export const withAgents = (
  plan: DeployPlan,
  change: (agent: AgentPlan) => Partial<AgentPlan>,
): DeployPlan => ({
  ...plan,
  agents: plan.agents.map((agent) => ({ ...agent, ...change(agent) })),
});

export const withSettings = (plan: DeployPlan, k8s: Partial<K8s>): DeployPlan =>
  withAgents(plan, ({ settings }) => ({ settings: { ...settings, k8s: { ...settings.k8s, ...k8s } } }));

const SHARED_BY_TASKS = `[agent]
id = "crowd"
[mqtt]
shared_subscription = true
[llm]
provider = "openai"
model = "m"
[runtime]
concurrency = 8
[deploy]
replicas = 2
[deploy.k8s]
autoscale = "keda"
max_replicas = 5
`;

/** Plans that between them use every setting that the examples leave as it is. */
export async function everythingOn(): Promise<Record<string, DeployPlan>> {
  const { researcher, minimal, "three-agents": three } = examplePlans;
  return {
    "three replicas, scaled by CPU": withAgents(
      withSettings(researcher, { autoscale: "hpa", service_monitor: true }),
      () => ({
        replicas: 3,
      }),
    ),
    "scaled by tasks": withSettings(three, { autoscale: "keda", service_monitor: true, max_replicas: 9 }),
    "secrets from a store": withSettings(three, { external_secret_store: "vault" }),
    "replicas that share the tasks, scaled by tasks": await planOfText(SHARED_BY_TASKS),
    "the default namespace": withSettings(minimal, { namespace: "default" }),
    "without a health server": withAgents(minimal, () => ({ health: undefined })),
    "no replica": withAgents(minimal, () => ({ replicas: 0 })),
    "a public health server": withAgents(researcher, ({ settings }) => ({
      settings: { ...settings, public: true },
    })),
  };
}
