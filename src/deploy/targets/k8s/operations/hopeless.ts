import { parseJson } from "../../../../base/json.ts";
import * as z from "../../../../base/zod.ts";
import type { DeployPlan } from "../../../plan.ts";
import type { Probe, Step } from "../../../target.ts";
import { type Selector, selectorText } from "../names.ts";
import { kubectl } from "./kubectl.ts";
import { type ContainerStatus, type Pod, readPods } from "./pod.ts";

/** Whether the new pods will not become ready by waiting, so that nobody has to wait for the time limit. */
export const hopelessRollout = (plan: DeployPlan, selector: Selector): Probe => ({
  argv: kubectl(plan, "get", "replicasets,pods", "--selector", selectorText(selector), "--output", "json"),
  satisfied: ({ code, stdout }) => code === 0 && isHopeless(stdout),
  because: "its new pod does not start",
});

/** Gives pods another try that got stuck in a deployment before, when what they lacked may be there now. */
export const restartStuck = (plan: DeployPlan, name: string, selector: Selector): Step => {
  const { argv, satisfied } = hopelessRollout(plan, selector);
  return {
    title: `restart ${name}, which could not start before`,
    argv: kubectl(plan, "rollout", "restart", `deployment/${name}`),
    skipIf: { argv, satisfied: (result) => !satisfied(result), because: "it is not stuck" },
    quietSkip: true,
  };
};

/** From `kubectl get replicasets,pods -o json`. Pods of versions before do not count. */
export function isHopeless(stdout: string): boolean {
  const newest = newestReplicaSet(stdout);
  return (readPods(stdout) ?? [])
    .filter(({ metadata }) => metadata.ownerReferences?.some(({ name }) => name === newest))
    .some(isStuck);
}

/** The image cannot be had, a reference cannot be resolved, or it ended three times. */
const isStuck = ({ status, metadata }: Pod): boolean =>
  !metadata.deletionTimestamp &&
  [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].some(isStuckContainer);

const AT_ONCE = ["ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError"];
const RESTARTS = 2;

function isStuckContainer({ state, restartCount }: ContainerStatus): boolean {
  const reason = state?.waiting?.reason ?? "";
  return AT_ONCE.includes(reason) || (reason === "CrashLoopBackOff" && (restartCount ?? 0) >= RESTARTS);
}

const REVISION = "deployment.kubernetes.io/revision";

const replicaSets = () =>
  z.object({
    items: z.array(
      z.object({
        kind: z.string(),
        metadata: z.object({
          name: z.string(),
          annotations: z.nullish(z.record(z.string(), z.string())),
        }),
      }),
    ),
  });

function newestReplicaSet(stdout: string): string | undefined {
  const read = replicaSets().safeParse(parseJson(stdout));
  if (!read.success) return undefined;
  const revision = ({ metadata }: (typeof read.data.items)[number]) =>
    Number(metadata.annotations?.[REVISION] ?? 0);
  return read.data.items
    .filter(({ kind }) => kind === "ReplicaSet")
    .sort((a, b) => revision(a) - revision(b))
    .at(-1)?.metadata.name;
}
