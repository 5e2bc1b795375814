import type { DeployPlan } from "../../plan.ts";
import { toYaml } from "../../yaml.ts";

/** Oldest Kubernetes that has all that is rendered (PodDisruptionBudget unhealthyPodEvictionPolicy is beta there). */
const KUBERNETES = ">=1.27.0-0";

/** Chart.yaml (Helm documentation, Charts). */
export const chartYaml = ({ project, agents, version }: DeployPlan): string =>
  toYaml(
    {
      apiVersion: "v2",
      name: project,
      description: descriptionOf(agents.map(({ agentId }) => agentId)),
      type: "application",
      version: semantic(version),
      appVersion: version,
      kubeVersion: KUBERNETES,
      keywords: ["agent2389", "mqtt", "llm"],
    },
    `Rendered by agent-deploy ${version} from ${agents.map(({ source }) => source).join(", ")}: change what should differ with values.`,
  );

const descriptionOf = (ids: readonly string[]): string =>
  `${ids.length === 1 ? "The agent" : "The agents"} ${ids.join(", ")} on agent2389`;

/** Charts have semantic versions, with all three numbers (Helm documentation, Charts; SemVer 2.0.0). */
const semantic = (version: string): string => (/^\d+\.\d+\.\d+/.test(version) ? version : "0.0.0");
