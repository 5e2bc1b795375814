import { ExpectedError } from "../../../../base/errors.ts";
import { parseJson } from "../../../../base/json.ts";
import * as z from "../../../../base/zod.ts";
import type { DeployPlan } from "../../../plan.ts";
import type { Step } from "../../../target.ts";
import { agentSelector, brokerSelector, namespaceOf, type Selector, selectorText } from "../names.ts";
import { kubectl, LOOK_FAILED } from "./kubectl.ts";
import { readPods } from "./pod.ts";
import { troublesOf } from "./pod-troubles.ts";

/** How each deployment is doing: a line, and one more for each pod that is not as it should be. */
export const status = (plan: DeployPlan): Step[] => [
  ...(plan.broker.kind === "included" ? [look(plan, plan.broker.host, brokerSelector(plan.broker))] : []),
  ...plan.agents.map((agent) => look(plan, agent.name, agentSelector(agent))),
];

const look = (plan: DeployPlan, name: string, selector: Selector): Step => ({
  title: `look at ${name}`,
  argv: kubectl(plan, "get", "deployments,pods", "--selector", selectorText(selector), "--output", "json"),
  readOnly: true,
  shown: true,
  onFailure: LOOK_FAILED,
  inspect: (stdout) => statusLines(name, namespaceOf(plan), stdout).join("\n"),
});

const deploymentList = () =>
  z.object({
    items: z.array(
      z.object({
        kind: z.string(),
        spec: z.nullish(
          z.object({
            replicas: z.nullish(z.number()),
            template: z.nullish(
              z.object({
                spec: z.object({ containers: z.array(z.object({ image: z.nullish(z.string()) })) }),
              }),
            ),
          }),
        ),
        status: z.nullish(
          z.object({ readyReplicas: z.nullish(z.number()), updatedReplicas: z.nullish(z.number()) }),
        ),
      }),
    ),
  });

/** From `kubectl get deployments,pods -o json`. */
function statusLines(name: string, namespace: string, stdout: string): string[] {
  const read = deploymentList().safeParse(parseJson(stdout));
  if (!read.success) return [stdout];
  const deployment = read.data.items.find(({ kind }) => kind === "Deployment");
  if (deployment === undefined) {
    throw new ExpectedError(`${name} is not deployed in the namespace ${namespace}`, {
      hint: "Deploy it with: agent-deploy deploy k8s",
    });
  }
  const wanted = deployment.spec?.replicas ?? 1;
  const ready = deployment.status?.readyReplicas ?? 0;
  const updated = deployment.status?.updatedReplicas ?? 0;
  const image = deployment.spec?.template?.spec.containers[0]?.image;
  const facts = [
    `${ready} of ${wanted} ready`,
    ...(updated < wanted ? [`${updated} of the new version`] : []),
    ...(image ? [image] : []),
  ];
  return [`${name}: ${facts.join(", ")}`, ...podLines(stdout)];
}

const podLines = (listing: string): string[] =>
  (readPods(listing) ?? []).flatMap((pod) =>
    troublesOf(pod).map((trouble) => `  ${pod.metadata.name}: ${trouble}`),
  );
