import type { KubernetesApi, KubernetesBehaviour } from "../../../../test/peers/kubernetes-api.ts";
import type { ApiObject } from "../../../../test/peers/kubernetes-resources.ts";

/** How a pod of a model fares, of each that is started in turn; the last stays. */
export type Fate = "ready" | "oom" | "crash" | "pull" | "unschedulable" | "pending";

interface Service extends ApiObject {
  spec: { predictor: { model: { args: string[]; resources: { limits: Record<string, string> } } } };
}

/**
 * What KServe's controller does, as far as a client sees it: an InferenceService gets a Service and a pod, and none while
 * the annotation says that it is stopped (kserve v0.16, pkg/controller/v1beta1/inferenceservice).
 */
export function kserve(fates: Readonly<Record<string, readonly Fate[]>>): {
  reconcile: NonNullable<KubernetesBehaviour["reconcile"]>;
  /** Arguments and memory of each start, by the name of the model's service. */
  starts: { name: string; args: string[]; memory: string | undefined; gpus: string | undefined }[];
} {
  const starts: ReturnType<typeof kserve>["starts"] = [];
  const begun = new Map<string, number>();
  return {
    starts,
    reconcile(object, event, api) {
      if (object.kind !== "InferenceService") return;
      const { name, namespace = "" } = object.metadata;
      const stopped = object.metadata.annotations?.["serving.kserve.io/stop"] === "true";
      if (event === "deleted" || stopped) {
        api.remove("Pod", `${name}-predictor-0`, namespace);
        api.remove("Service", `${name}-predictor`, namespace);
        return;
      }
      const [, own = []] = Object.entries(fates).find(([part]) => name.includes(part)) ?? [];
      const round = begun.get(name) ?? 0;
      begun.set(name, round + 1);
      const { args, resources } = (object as Service).spec.predictor.model;
      starts.push({
        name,
        args,
        memory: resources.limits["memory"],
        gpus: resources.limits["nvidia.com/gpu"],
      });
      start(api, object, own[Math.min(round, own.length - 1)] ?? "ready");
    },
  };
}

function start(api: KubernetesApi, object: ApiObject, fate: Fate): void {
  const { name, namespace = "" } = object.metadata;
  const meta = (of: string) => ({
    name: of,
    namespace,
    labels: { "serving.kserve.io/inferenceservice": name },
  });
  api.put({
    apiVersion: "v1",
    kind: "Service",
    metadata: meta(`${name}-predictor`),
    spec: { ports: [{ name: "http", port: 8080, targetPort: 8080 }] },
  });
  api.put({
    apiVersion: "v1",
    kind: "Pod",
    metadata: meta(`${name}-predictor-0`),
    spec: { nodeName: "gpu-1", containers: [{ name: "kserve-container" }] },
    status: podStatus(fate),
  });
  const ready = fate === "ready";
  const status = {
    conditions: [
      {
        type: "PredictorReady",
        status: ready ? "True" : "False",
        message: ready ? "" : "Deployment is not ready",
      },
      { type: "Ready", status: ready ? "True" : "False" },
    ],
  };
  api.put({ ...object, status });
}

function podStatus(fate: Fate): object {
  const container = (more: object) => ({
    containerStatuses: [{ name: "kserve-container", restartCount: 1, ...more }],
  });
  const ended = (reason: string, exitCode: number) => ({
    phase: "Running",
    ...container({
      ready: false,
      state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s restarting failed container" } },
      lastState: { terminated: { reason, exitCode } },
    }),
  });
  switch (fate) {
    case "ready":
      return { phase: "Running", ...container({ ready: true, state: { running: {} } }) };
    case "oom":
      return ended("OOMKilled", 137);
    case "crash":
      return ended("Error", 1);
    case "pull":
      return {
        phase: "Pending",
        ...container({
          state: { waiting: { reason: "ImagePullBackOff", message: "Back-off pulling image" } },
        }),
      };
    case "unschedulable":
      return {
        phase: "Pending",
        conditions: [
          {
            type: "PodScheduled",
            status: "False",
            reason: "Unschedulable",
            message: "0/3 nodes are available: 3 Insufficient nvidia.com/gpu.",
          },
        ],
      };
    case "pending":
      return { phase: "Pending", ...container({ state: { waiting: { reason: "ContainerCreating" } } }) };
  }
}

/** An OpenAI-compatible server that answers well. */
export const answering: NonNullable<KubernetesBehaviour["proxied"]> = ({ path, body }) => {
  const { model } = (body ?? {}) as { model?: string };
  if (path === "/v1/embeddings")
    return { status: 200, body: { model, data: [{ embedding: [0.1, -0.2, 0.3] }] } };
  if (path === "/v1/models") return { status: 200, body: { data: [{ id: "whisper" }] } };
  if (path === "/v1/completions") return { status: 200, body: { choices: [{ text: " Paris." }] } };
  return {
    status: 200,
    body: {
      model,
      choices: [{ message: { role: "assistant", content: "It is Paris." }, finish_reason: "stop" }],
    },
  };
};
