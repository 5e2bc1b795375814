import * as z from "../../../base/zod.ts";

/** The parts of a pod's status that tell how it fares. */
export const podStateSchema = () => {
  const terminated = z.nullish(
    z.object({
      reason: z.optional(z.string()),
      exitCode: z.optional(z.number()),
      message: z.optional(z.string()),
    }),
  );
  const container = z.object({
    name: z.string(),
    ready: z.optional(z.boolean()),
    restartCount: z.optional(z.number()),
    state: z.nullish(
      z.object({
        waiting: z.nullish(z.object({ reason: z.optional(z.string()), message: z.optional(z.string()) })),
        terminated,
      }),
    ),
    lastState: z.nullish(z.object({ terminated })),
  });
  return z.object({
    metadata: z.object({ name: z.string() }),
    status: z.nullish(
      z.object({
        phase: z.optional(z.string()),
        reason: z.optional(z.string()),
        message: z.optional(z.string()),
        conditions: z.nullish(
          z.array(
            z.object({
              type: z.string(),
              status: z.string(),
              reason: z.optional(z.string()),
              message: z.optional(z.string()),
            }),
          ),
        ),
        initContainerStatuses: z.nullish(z.array(container)),
        containerStatuses: z.nullish(z.array(container)),
      }),
    ),
  });
};
export type PodState = z.output<ReturnType<typeof podStateSchema>>;

/** What keeps a pod from serving, as far as its status tells. */
export type PodTrouble =
  | { kind: "pull"; text: string }
  | { kind: "unschedulable"; text: string }
  | { kind: "memory"; container: string }
  /** It ended by itself; its log tells why. */
  | { kind: "crash"; container: string; text: string };

const PULL = /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull)$/;

/** Undefined: it is on its way, or well. */
export function podTrouble({ status }: PodState): PodTrouble | undefined {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  for (const { name, state, lastState } of containers) {
    const { reason, message } = state?.waiting ?? {};
    if (reason !== undefined && PULL.test(reason))
      return { kind: "pull", text: `${reason}: ${message ?? name}` };
    const ended = state?.terminated ?? lastState?.terminated;
    if (ended?.reason === "OOMKilled") return { kind: "memory", container: name };
    if (ended != null && ended.exitCode !== 0) {
      const text = `${name} ended with ${ended.exitCode ?? "a failure"}${ended.reason ? ` (${ended.reason})` : ""}`;
      return { kind: "crash", container: name, text };
    }
  }
  const unschedulable = status?.conditions?.find(
    ({ type, status: state, reason }) =>
      type === "PodScheduled" && state === "False" && reason === "Unschedulable",
  );
  if (unschedulable !== undefined)
    return { kind: "unschedulable", text: unschedulable.message ?? "no node takes it" };
  if (status?.phase === "Failed")
    return {
      kind: "crash",
      container: "",
      text: `${status.reason ?? "Failed"}: ${status.message ?? "the pod failed"}`,
    };
  return undefined;
}

/** How far a pod is that no trouble is known of, in a few words. */
export function podProgress({ status }: PodState): string {
  const { phase = "Pending", conditions, initContainerStatuses, containerStatuses } = status ?? {};
  const unscheduled = conditions?.find(
    ({ type, status: state }) => type === "PodScheduled" && state === "False",
  );
  if (unscheduled !== undefined)
    return `waits for a node: ${unscheduled.message ?? unscheduled.reason ?? phase}`;
  const containers = [...(initContainerStatuses ?? []), ...(containerStatuses ?? [])];
  const [waiting] = containers.flatMap(({ state }) => state?.waiting?.reason ?? []);
  if (waiting !== undefined) return `its pod is being made: ${waiting}`;
  if (phase !== "Running") return `its pod is ${phase.toLowerCase()}`;
  return containers.every(({ ready }) => ready === true)
    ? "its pod is ready"
    : "its pod runs: the model is being loaded";
}
