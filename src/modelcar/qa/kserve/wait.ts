import { stringField } from "../../../base/json.ts";
import { valueAt } from "../../../base/path.ts";
import { isAbsent } from "../../cluster/access.ts";
import type { Api } from "../../cluster/api.ts";
import type { QaWorld } from "../types.ts";
import { find } from "./client.ts";
import { paths } from "./paths.ts";
import { type PodState, type PodTrouble, podProgress, podStateSchema, podTrouble } from "./pod-state.ts";
import { CONTAINER } from "./render.ts";
import { POLL_MS, REMOVAL_MS, SCHEDULING_MS } from "./settings.ts";

export type Outcome =
  | { state: "ready" }
  | { state: "trouble"; trouble: PodTrouble; log: string }
  /** Time is up; `last` is what the service and the namespace said of it. */
  | { state: "late"; last: string };

interface Condition {
  type?: unknown;
  status?: unknown;
  message?: unknown;
}

const conditionsOf = (service: unknown): Condition[] => {
  const conditions = valueAt(service, ["status", "conditions"]);
  return Array.isArray(conditions) ? (conditions as Condition[]) : [];
};

const isReady = (service: unknown): boolean =>
  conditionsOf(service).some(({ type, status }) => type === "Ready" && status === "True");

/**
 * Looks until the service is ready, its pods are in trouble that does not pass, or `deadline` (of the clock) is there. How
 * far they are is told whenever it changes: images of many GB take their time.
 */
export async function waitReady(
  api: Api,
  namespace: string,
  name: string,
  deadline: number,
  { clock, signal }: QaWorld,
  tell: (progress: string) => void,
): Promise<Outcome> {
  const at = paths(namespace);
  const began = clock.now();
  let told = "";
  for (;;) {
    const service = await find(api, at.inferenceService(name));
    if (isReady(service)) return { state: "ready" };
    const pods = await podsOf(api, namespace, name);
    const progress = [...new Set(pods.map(podProgress))].join("; ");
    if (progress !== told && progress !== "") tell(progress);
    told = progress;
    const trouble = lasting(pods, clock.now() - began);
    if (trouble !== undefined)
      return { state: "trouble", trouble, log: await logOf(api, namespace, pods, trouble) };
    if (clock.now() >= deadline) return { state: "late", last: await lastSaid(api, namespace, service) };
    await clock.sleep(POLL_MS, signal);
    signal.throwIfAborted();
  }
}

/** A pod may wait for a node that is being added. */
function lasting(pods: readonly PodState[], waitedMs: number): PodTrouble | undefined {
  const troubles = pods.map(podTrouble).filter((trouble) => trouble !== undefined);
  return troubles.find(({ kind }) => kind !== "unschedulable" || waitedMs >= SCHEDULING_MS);
}

const SELECTOR = "serving.kserve.io/inferenceservice";

async function podsOf(api: Api, namespace: string, name: string): Promise<PodState[]> {
  const items = await api.list(paths(namespace).pods, { labelSelector: `${SELECTOR}=${name}` });
  const schema = podStateSchema();
  return items.flatMap((item) => {
    const parsed = schema.safeParse(item);
    return parsed.success ? [parsed.data] : [];
  });
}

/** The end of the log of the container that failed: of the one before, when it was started again. */
async function logOf(
  api: Api,
  namespace: string,
  pods: readonly PodState[],
  trouble: PodTrouble,
): Promise<string> {
  if (trouble.kind !== "crash" && trouble.kind !== "memory") return "";
  const pod = pods.find((each) => podTrouble(each)?.kind === trouble.kind);
  if (pod === undefined) return "";
  const query = { container: trouble.container || CONTAINER, tailLines: "200" };
  const path = paths(namespace).log(pod.metadata.name);
  const before = await api.send(path, { query: { ...query, previous: "true" } });
  if (before.status === 200) return before.text;
  const current = await api.send(path, { query });
  return current.status === 200 ? current.text : "";
}

async function lastSaid(api: Api, namespace: string, service: unknown): Promise<string> {
  const said = conditionsOf(service).flatMap(({ status, message }) =>
    status !== "True" && typeof message === "string" && message !== "" ? [message] : [],
  );
  const warnings = await api
    .list(paths(namespace).events, { fieldSelector: "type=Warning" })
    .catch((thrown: unknown) => {
      if (isAbsent(thrown)) return [];
      throw thrown;
    });
  const events = warnings.flatMap((event) => stringField(event, "message") ?? []);
  return [...new Set([...said, ...events.slice(-2)])].join("; ").slice(0, 600);
}

/** Looks until no pod of the service is left; false when time is up. */
export async function waitGone(
  api: Api,
  namespace: string,
  name: string,
  { clock, signal }: QaWorld,
): Promise<boolean> {
  const deadline = clock.now() + REMOVAL_MS;
  for (;;) {
    const left = await api.list(paths(namespace).pods, { labelSelector: `${SELECTOR}=${name}` });
    if (left.length === 0) return true;
    if (clock.now() >= deadline) return false;
    await clock.sleep(POLL_MS, signal);
    signal.throwIfAborted();
  }
}
