import type { AgentPlan, DeployPlan } from "../../../plan.ts";
import type { Probe, Step } from "../../../target.ts";
import { agentSelector, brokerSelector, type Selector, selectorText } from "../names.ts";
import { kubectl } from "./kubectl.ts";

/** Restarts what reads a Secret that was changed after its pods were made. */
export function restartForSecrets(plan: DeployPlan, agents: readonly AgentPlan[]): Step[] {
  const { broker } = plan;
  return [
    ...(broker.kind === "included" && broker.auth
      ? [restart(plan, broker.host, brokerSelector(broker))]
      : []),
    ...agents
      .filter(({ secrets }) => secrets.length > 0)
      .map((agent) => restart(plan, agent.name, agentSelector(agent))),
  ];
}

const restart = (plan: DeployPlan, name: string, selector: Selector): Step => ({
  title: `restart ${name} with the secrets that were changed`,
  argv: kubectl(plan, "rollout", "restart", `deployment/${name}`),
  skipIf: hasSecrets(plan, selector),
  quietSkip: true,
});

/** A line each: kind, time of creation, times of changes. kubectl prints no value of a Secret here. */
const TIMES =
  'jsonpath={range .items[*]}{.kind} {.metadata.creationTimestamp} {.metadata.managedFields[*].time}{"\\n"}{end}';

const hasSecrets = (plan: DeployPlan, selector: Selector): Probe => ({
  argv: kubectl(plan, "get", "secrets,replicasets", "--selector", selectorText(selector), "--output", TIMES),
  satisfied: ({ code, stdout }) => code === 0 && startedAfterSecrets(stdout),
  because: "it has them",
});

/**
 * Whether the newest generation of pods is as new as the last change of the Secrets. Before there are any pods there is
 * nothing to restart. Times are RFC 3339 in UTC to the second, so they sort as text.
 */
export function startedAfterSecrets(times: string): boolean {
  const rows = times.split("\n").map((line) => line.split(" ").filter((word) => word !== ""));
  const newest = (wanted: string) =>
    rows
      .filter(([kind]) => kind === wanted)
      .flatMap(([, ...moments]) => moments)
      .sort()
      .at(-1) ?? "";
  const created = rows
    .flatMap(([kind, time]) => (kind === "ReplicaSet" && time !== undefined ? [time] : []))
    .sort();
  const started = created.at(-1);
  return started === undefined || started >= newest("Secret");
}
