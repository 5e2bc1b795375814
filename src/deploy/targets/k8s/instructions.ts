import { shellLine } from "../../../base/shell-line.ts";
import type { AgentPlan, DeployPlan } from "../../plan.ts";
import { loginName, namespaceOf, secretName } from "./names.ts";
import { kubectl } from "./operations/kubectl.ts";
import { storeOf } from "./operations/secrets.ts";
import { NAMESPACE_FILE } from "./render.ts";

/** What to do with the files, for whoever applies them by hand. */
export const instructions = (plan: DeployPlan): string[] => [
  ...(namespaceOf(plan) === "default" ? [] : [`kubectl apply --server-side -f ${NAMESPACE_FILE}`]),
  ...secrets(plan),
  "kubectl apply --server-side -k .",
  ...plan.agents.flatMap(notices),
];

function secrets(plan: DeployPlan): string[] {
  const { broker, agents } = plan;
  const login = broker.kind === "included" && broker.auth && storeOf(agents[0]!) === undefined;
  return [
    ...(login ? [createSecret(plan, loginName(broker), Object.values(broker.auth ?? {}))] : []),
    ...agents.flatMap((agent) => {
      const names = agent.secrets.map(({ name }) => name);
      if (names.length === 0) return [];
      const store = storeOf(agent);
      return store === undefined
        ? [createSecret(plan, secretName(agent), names)]
        : [`In the store behind ${store}, make the entry ${agent.name} with ${names.join(", ")}.`];
    }),
  ];
}

const createSecret = (plan: DeployPlan, name: string, keys: readonly string[]): string =>
  `${shellLine(kubectl(plan, "create", "secret", "generic", name, `--from-env-file=${name}.env`))}   # ${keys.join(", ")}`;

function notices({ name, storage, settings, accelerator }: AgentPlan): string[] {
  return [
    ...(storage.size === undefined
      ? [
          `${name} keeps accepted tasks as long as its pod. To keep them when the pod is replaced, set [deploy] storage = "1Gi".`,
        ]
      : []),
    ...(settings.k8s.autoscale === "keda" && !settings.k8s.service_monitor
      ? [`${name} is scaled by what Prometheus knows of it: let it scrape port http, /metrics.`]
      : []),
    ...(accelerator ? [`${name} needs a node with the RuntimeClass nvidia and NVIDIA's device plugin.`] : []),
  ];
}
