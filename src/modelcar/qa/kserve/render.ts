import type { Toleration } from "../../inventory/types.ts";
import type { ModelEntry } from "../../manifest/types.ts";
import { withoutApiKeys } from "../../secrets/arguments.ts";
import { parseArguments, withName } from "../../settings/arguments.ts";
import { devicesOf, parallelOf } from "../../settings/devices.ts";
import { withArgument } from "../../settings/edit.ts";

/** Marks all that a run makes. */
const labelsOf = (run: string): Record<string, string> => ({
  "app.kubernetes.io/managed-by": "agent2389",
  "agent2389/qa-run": run,
});

/** What one model is run with; a remedy changes it. */
export interface Serving {
  /** Of the InferenceService. */
  name: string;
  entry: ModelEntry;
  args: string[];
  gpus: number;
  memoryGiB: number;
}

export interface Stage {
  /** Short, random: the names of all objects have it. */
  run: string;
  namespace: string;
  runtimeImage: string;
  resource: string;
  tolerations: readonly Toleration[];
  /** Registries and their `auth` for the pull secret; empty: none is made. */
  auths: Readonly<Record<string, { auth: string }>>;
}

const PORT = 8080;
export const CONTAINER = "kserve-container";
const SHARED_MEMORY = "12Gi";

const runtimeName = ({ run }: Stage): string => `qa-${run}-vllm`;
const secretName = ({ run }: Stage): string => `qa-${run}-pull`;

/** A DNS label of the model's name; KServe adds `-predictor` and Kubernetes more, so that it must be short. */
export const serviceName = (run: string, name: string, at: number): string => {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 24)
    .replace(/^-+|-+$/g, "");
  return `qa-${run}-${at}${plain === "" ? "" : `-${plain}`}`;
};

/**
 * A model as it is to be run first. Without its keys: the API server, which the requests go through, keeps their
 * Authorization header for itself (kubernetes/apiserver, WithAuthentication), so that none could get to the model.
 */
export function servingOf(entry: ModelEntry, name: string, memoryGiB: number): Serving {
  const given = withoutApiKeys(entry.args).map((arg) => withName(arg, name));
  const { isImplied, ...parallel } = parallelOf(parseArguments(given, name), entry.gpuCount);
  const gpus = entry.gpuCount ?? devicesOf(parallel);
  const args = isImplied ? withArgument(given, "tensor-parallel-size", `${parallel.tensorParallel}`) : given;
  return { name, entry, args, gpus, memoryGiB };
}

/** The name that requests must give for the model. */
export const servedName = ({ args, name }: Serving): string =>
  parseArguments(args, name).byFlag.get("served-model-name")?.value?.split(" ")[0] ?? name;

export const namespaceObject = (stage: Stage): object => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: stage.namespace, labels: labelsOf(stage.run) },
});

const metadata = (stage: Stage, name: string): { name: string; namespace: string; labels: object } => ({
  name,
  namespace: stage.namespace,
  labels: labelsOf(stage.run),
});

export const secretObject = (stage: Stage) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: metadata(stage, secretName(stage)),
  type: "kubernetes.io/dockerconfigjson",
  data: {
    ".dockerconfigjson": Buffer.from(JSON.stringify({ auths: stage.auths })).toString("base64"),
  },
});

/** As OpenShift AI's own template of vLLM has it (odh-model-controller, config/runtimes). */
export const runtimeObject = (stage: Stage) => ({
  apiVersion: "serving.kserve.io/v1alpha1",
  kind: "ServingRuntime",
  metadata: metadata(stage, runtimeName(stage)),
  spec: {
    annotations: { "prometheus.io/port": `${PORT}`, "prometheus.io/path": "/metrics" },
    multiModel: false,
    supportedModelFormats: [{ name: "vLLM", autoSelect: false }],
    containers: [
      {
        name: CONTAINER,
        image: stage.runtimeImage,
        command: ["python", "-m", "vllm.entrypoints.openai.api_server"],
        args: [`--port=${PORT}`, "--model=/mnt/models", "--served-model-name={{.Name}}"],
        env: [{ name: "HF_HOME", value: "/tmp/hf_home" }],
        ports: [{ containerPort: PORT, protocol: "TCP" }],
        volumeMounts: [{ name: "shm", mountPath: "/dev/shm" }],
      },
    ],
    volumes: [{ name: "shm", emptyDir: { medium: "Memory", sizeLimit: SHARED_MEMORY } }],
  },
});

/** Only what is said: server-side apply takes no null for "every". */
const tolerationObject = ({ key, operator, value, effect }: Toleration): object => ({
  ...(key !== undefined && { key }),
  operator,
  ...(value !== undefined && { value }),
  ...(effect !== undefined && { effect }),
});

/**
 * KServe's InferenceService in its form without Knative (its releases from 0.16 on call RawDeployment "Standard", and take
 * both). `stopped`: KServe removes its pods.
 */
export function serviceObject(stage: Stage, serving: Serving, stopped = false) {
  const { name, entry, args, gpus, memoryGiB } = serving;
  const devices = gpus > 0 ? { [stage.resource]: `${gpus}` } : {};
  return {
    apiVersion: "serving.kserve.io/v1beta1",
    kind: "InferenceService",
    metadata: {
      ...metadata(stage, name),
      annotations: {
        "serving.kserve.io/deploymentMode": "RawDeployment",
        "serving.kserve.io/stop": `${stopped}`,
      },
    },
    spec: {
      predictor: {
        minReplicas: 1,
        maxReplicas: 1,
        ...(Object.keys(stage.auths).length > 0 && { imagePullSecrets: [{ name: secretName(stage) }] }),
        ...(stage.tolerations.length > 0 && {
          tolerations: stage.tolerations.map(tolerationObject),
        }),
        model: {
          modelFormat: { name: "vLLM" },
          runtime: runtimeName(stage),
          storageUri: entry.image,
          args,
          resources: {
            requests: { cpu: "2", memory: `${Math.ceil(memoryGiB / 2)}Gi`, ...devices },
            limits: { cpu: "8", memory: `${memoryGiB}Gi`, ...devices },
          },
        },
      },
    },
  };
}
