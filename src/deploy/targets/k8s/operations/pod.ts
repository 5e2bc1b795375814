import { parseJson, stringField } from "../../../../base/json.ts";
import * as z from "../../../../base/zod.ts";

const state = () =>
  z.object({
    waiting: z.nullish(z.object({ reason: z.nullish(z.string()), message: z.nullish(z.string()) })),
    terminated: z.nullish(
      z.object({
        reason: z.nullish(z.string()),
        message: z.nullish(z.string()),
        exitCode: z.nullish(z.number()),
      }),
    ),
    running: z.nullish(z.object({ startedAt: z.nullish(z.string()) })),
  });

const container = () =>
  z.object({
    name: z.string(),
    ready: z.nullish(z.boolean()),
    restartCount: z.nullish(z.number()),
    state: z.nullish(state()),
    lastState: z.nullish(state()),
  });

const pod = () =>
  z.object({
    metadata: z.object({
      name: z.string(),
      deletionTimestamp: z.nullish(z.string()),
      ownerReferences: z.nullish(z.array(z.object({ name: z.string() }))),
    }),
    status: z.object({
      phase: z.nullish(z.string()),
      reason: z.nullish(z.string()),
      message: z.nullish(z.string()),
      conditions: z.nullish(
        z.array(
          z.object({
            type: z.string(),
            status: z.string(),
            reason: z.nullish(z.string()),
            message: z.nullish(z.string()),
          }),
        ),
      ),
      initContainerStatuses: z.nullish(z.array(container())),
      containerStatuses: z.nullish(z.array(container())),
    }),
  });

/** Of a pod, what its state is told from (Kubernetes API, PodStatus). */
export type Pod = z.output<ReturnType<typeof pod>>;
export type ContainerStatus = z.output<ReturnType<typeof container>>;

/** The pods among the objects of `kubectl get … -o json`; undefined when it is something else. */
export function readPods(stdout: string): Pod[] | undefined {
  const list = z.object({ items: z.array(z.unknown()) }).safeParse(parseJson(stdout));
  if (!list.success) return undefined;
  const pods = list.data.items.filter((item) => stringField(item, "kind") === "Pod");
  const read = z.array(pod()).safeParse(pods);
  return read.success ? read.data : undefined;
}
