import { type ContainerStatus, type Pod, readPods } from "./pod.ts";

/** What keeps each pod from being ready, with what to do, from `kubectl get pods -o json`. */
export function podTroubles(stdout: string): string[] {
  const pods = readPods(stdout);
  if (pods === undefined) return [stdout];
  if (pods.length === 0) return ["there are none: the warnings say why"];
  return pods.flatMap((pod) => troublesOf(pod).map((trouble) => `${pod.metadata.name}: ${trouble}`));
}

/** In the order in which a pod comes to life; one that is as it should be has none. */
export function troublesOf({ metadata, status }: Pod): string[] {
  if (metadata.deletionTimestamp) return ["it is ending"];
  const unplaced = status.conditions?.find(
    ({ type, status }) => type === "PodScheduled" && status === "False",
  );
  if (unplaced)
    return [
      `no machine takes it: ${withoutStop(unplaced.message ?? unplaced.reason ?? "")}${remedy("Unschedulable")}`,
    ];
  if (status.phase === "Failed" && status.reason) return [`${status.reason}: ${status.message ?? ""}`];
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  return containers.map(containerTrouble).filter((trouble) => trouble !== undefined);
}

function containerTrouble({ name, ready, state, lastState }: ContainerStatus): string | undefined {
  const before = lastState?.terminated;
  const ended = before && `; before that it ended with exit code ${before.exitCode}${because(before.reason)}`;
  if (state?.waiting && state.waiting.reason !== "PodInitializing") {
    const { reason, message } = state.waiting;
    const cause = before?.reason === "OOMKilled" ? before.reason : reason;
    return `${name} waits: ${withoutStop([reason, message].filter(Boolean).join(": "))}${ended ?? ""}${remedy(cause)}`;
  }
  if (state?.terminated && state.terminated.exitCode !== 0) {
    const { reason, message, exitCode } = state.terminated;
    return `${name} ended with exit code ${exitCode}${because(reason)}${message ? `: ${withoutStop(message)}` : ""}${remedy(reason)}`;
  }
  if (state?.running && !ready) return `${name} runs, and is not ready${ended ?? ""}${remedy("NotReady")}`;
  return undefined;
}

/** "Error" and "Completed" say no more than the exit code. */
const because = (reason: string | null | undefined): string =>
  reason && reason !== "Error" && reason !== "Completed" ? ` (${reason})` : "";

const PULL =
  "Does the image exist, for this kind of processor, and may the cluster pull it? --image names another.";

/** By the reasons that kubelet and scheduler give. */
const REMEDIES: Readonly<Record<string, string>> = {
  ErrImagePull: PULL,
  ImagePullBackOff: PULL,
  InvalidImageName: PULL,
  CreateContainerConfigError: "Is a secret missing? See agent-deploy secrets list k8s.",
  CrashLoopBackOff: "Its last log lines say why it ends.",
  OOMKilled: "It needs more memory: [deploy.resources.limits].",
  Unschedulable: "Ask for less ([deploy.resources.requests]), or give the cluster a machine that fits.",
  NotReady: "It answers /ready once it is connected to its broker: its log lines say whether it is.",
};

const remedy = (reason: string | null | undefined): string =>
  reason && REMEDIES[reason] ? `. ${REMEDIES[reason]}` : "";

const withoutStop = (sentence: string): string => sentence.trim().replace(/\.$/, "");
