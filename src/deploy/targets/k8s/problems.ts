import type { AgentPlan, DeployPlan } from "../../plan.ts";
import type { PlanProblem } from "../../target.ts";
import { configItems } from "./config-items.ts";

/** All data of a ConfigMap together (Kubernetes documentation, ConfigMaps). */
const MAX_CONFIG_BYTES = 1_048_576;

/** Everything about the plan that Kubernetes cannot carry. */
export const problems = (plan: DeployPlan): PlanProblem[] => [
  ...togetherProblems(plan),
  ...plan.agents.flatMap((agent) =>
    [nameProblem(plan, agent), sizeProblem(agent), replicaProblem(agent), ...scaleProblems(agent)]
      .filter((problem) => problem !== undefined)
      .map((problem) => ({ agent: agent.name, ...problem })),
  ),
];

type Problem = Omit<PlanProblem, "agent">;

/** What is deployed together goes to one place: names of other namespaces would have to be spelt out. */
function togetherProblems({ agents }: DeployPlan): PlanProblem[] {
  const [first] = agents;
  return (["namespace", "context"] as const).flatMap((setting) => {
    const other = agents.find(({ settings }) => settings.k8s[setting] !== first?.settings.k8s[setting]);
    if (first === undefined || other === undefined) return [];
    const [a, b] = [first, other].map(({ settings }) => settings.k8s[setting] ?? "the current one");
    return [
      {
        message: `agents that are deployed together go into one ${setting}: ${first.name} names ${a}, ${other.name} names ${b}`,
        hint: `Name one for all with --${setting}, or deploy them apart.`,
      },
    ];
  });
}

function nameProblem({ broker }: DeployPlan, { name }: AgentPlan): Problem | undefined {
  if (!/^[a-z]/.test(name)) {
    return {
      message: `the name ${name} begins with a digit, which a Service may not`,
      hint: "Give it another with [deploy] name (RFC 1035 §2.3.1: a letter comes first).",
    };
  }
  if (broker.kind === "included" && broker.host === name) {
    return {
      message: `the broker that is deployed along has the name ${name} too`,
      hint: "Give the agent another name: [deploy] name.",
    };
  }
  return undefined;
}

function sizeProblem(agent: AgentPlan): Problem | undefined {
  const bytes = configItems(agent)
    .map(({ key, text }) => Buffer.byteLength(key) + Buffer.byteLength(text))
    .reduce((sum, size) => sum + size, 0);
  if (bytes <= MAX_CONFIG_BYTES) return undefined;
  return {
    message: `the config and its files are ${bytes} bytes, and a ConfigMap holds ${MAX_CONFIG_BYTES}`,
    hint: "Leave out files that the agent does not need, or put large ones into the image.",
  };
}

/** A journal belongs to one process, and so does a volume that is mounted once. */
function replicaProblem({ storage, replicas, settings }: AgentPlan): Problem | undefined {
  if (storage.size === undefined) return undefined;
  const wanted =
    replicas > 1 ? `${replicas} replicas` : settings.k8s.autoscale === "none" ? undefined : "autoscaling";
  if (wanted === undefined) return undefined;
  return {
    message: `${wanted} cannot share one volume`,
    hint: "Leave out [deploy] storage and [storage] dir (the tasks then wait with the broker), or run one replica.",
  };
}

function scaleProblems({ replicas, settings: { k8s } }: AgentPlan): (Problem | undefined)[] {
  if (k8s.autoscale === "none") return [];
  return [
    replicas < 1
      ? {
          message: `autoscale = "${k8s.autoscale}" needs a replica to measure`,
          hint: "Set [deploy] replicas to 1 or more.",
        }
      : undefined,
    k8s.max_replicas < replicas
      ? {
          message: `max_replicas = ${k8s.max_replicas} is less than replicas = ${replicas}`,
          hint: "Raise [deploy.k8s] max_replicas, or lower [deploy] replicas.",
        }
      : undefined,
  ];
}
