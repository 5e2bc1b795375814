import type { DeployPlan } from "../../../plan.ts";
import type { LogOptions, Step } from "../../../target.ts";
import { ANY_AGENT } from "../names.ts";
import { kubectl, LOOK_FAILED } from "./kubectl.ts";

/** kubectl follows five pods and refuses more, unless it is told otherwise. */
const MOST_PODS = 100;

/** All agents' at once, each line with the name of its pod if there are several. */
export function logs(plan: DeployPlan, { follow, tail, agent }: LogOptions): Step[] {
  const names = agent === undefined ? plan.agents.map(({ name }) => name) : [agent];
  const several =
    names.length > 1 || plan.agents.some(({ name, replicas }) => names.includes(name) && replicas > 1);
  return [
    {
      title: `show the logs of ${names.join(", ")}`,
      argv: kubectl(
        plan,
        ...["logs", "--selector", instances(names), "--container=agent", `--tail=${tail}`],
        `--max-log-requests=${MOST_PODS}`,
        ...(several ? ["--prefix"] : []),
        ...(follow ? ["--follow"] : []),
      ),
      readOnly: true,
      shown: true,
      onFailure: LOOK_FAILED,
    },
  ];
}

const instances = (names: readonly string[]): string =>
  [
    ...Object.entries(ANY_AGENT).map(([key, value]) => `${key}=${value}`),
    `app.kubernetes.io/instance in (${names.join(",")})`,
  ].join(",");
