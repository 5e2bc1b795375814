import { systemClock } from "../../base/clock.ts";
import { runProgram } from "../../base/run-program.ts";
import type { ClusterWorld } from "./types.ts";

/** The world of tests: this machine's network and programs, nothing of its settings. */
export const testWorld = (over: Partial<ClusterWorld> = {}): ClusterWorld => ({
  env: { PATH: process.env["PATH"] },
  cwd: "/",
  fetch: (url, init) => fetch(url, init),
  // Pauses between tries pass at once; limits run as they do.
  clock: { ...systemClock, sleep: async () => {} },
  signal: new AbortController().signal,
  runProgram,
  ...over,
});

interface NodeOptions {
  name?: string;
  labels?: Record<string, string>;
  resources?: Record<string, string>;
  allocatable?: Record<string, string>;
  ready?: boolean;
  unschedulable?: boolean;
  taints?: object[];
  providerID?: string;
}

/** A node as the API gives it (kubelet 1.31 on EC2, with the NVIDIA GPU operator's labels), cut to what tells something. */
export function nodeObject(options: NodeOptions = {}): object {
  const { name = "ip-10-0-61-106.us-east-2.compute.internal", labels, resources, ready = true } = options;
  const amounts = {
    cpu: "48",
    memory: "194622444Ki",
    "ephemeral-storage": "125238252Ki",
    pods: "250",
    ...resources,
  };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      uid: "7f7ea2f5-64a3-4be6-9d6c-3dd3c1f2bcd4",
      resourceVersion: "812345",
      labels: { "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux", ...labels },
      annotations: { "volumes.kubernetes.io/controller-managed-attach-detach": "true" },
    },
    spec: {
      providerID: options.providerID ?? "aws:///us-east-2a/i-0a1b2c3d4e5f60718",
      ...(options.unschedulable === true && { unschedulable: true }),
      ...(options.taints !== undefined && { taints: options.taints }),
    },
    status: {
      capacity: amounts,
      allocatable: { ...amounts, ...options.allocatable },
      conditions: [
        { type: "MemoryPressure", status: "False", reason: "KubeletHasSufficientMemory" },
        {
          type: "Ready",
          status: ready ? "True" : "Unknown",
          reason: ready ? "KubeletReady" : "NodeStatusUnknown",
        },
      ],
      nodeInfo: {
        architecture: "amd64",
        kubeletVersion: "v1.31.6",
        osImage: "Red Hat Enterprise Linux CoreOS",
      },
    },
  };
}

/** What GPU Feature Discovery writes on a g6.12xlarge: four L4. */
const L4_LABELS = {
  "node.kubernetes.io/instance-type": "g6.12xlarge",
  "topology.kubernetes.io/zone": "us-east-2a",
  "nvidia.com/cuda.driver-version.full": "570.172.08",
  "nvidia.com/cuda.driver.major": "570",
  "nvidia.com/cuda.driver.minor": "172",
  "nvidia.com/cuda.driver.rev": "08",
  "nvidia.com/cuda.runtime-version.full": "12.8",
  "nvidia.com/gpu.compute.major": "8",
  "nvidia.com/gpu.compute.minor": "9",
  "nvidia.com/gpu.count": "4",
  "nvidia.com/gpu.family": "ada-lovelace",
  "nvidia.com/gpu.memory": "23034",
  "nvidia.com/gpu.present": "true",
  "nvidia.com/gpu.product": "NVIDIA-L4",
  "nvidia.com/gpu.replicas": "1",
  "nvidia.com/mig.strategy": "single",
};

export const l4Node = (options: NodeOptions = {}): object =>
  nodeObject({
    ...options,
    labels: { ...L4_LABELS, ...options.labels },
    resources: { "nvidia.com/gpu": "4", ...options.resources },
  });

interface PodOptions {
  name: string;
  nodeName?: string | undefined;
  phase?: string;
  containers?: object[];
  initContainers?: object[];
  /** Devices of the only container. */
  gpus?: number;
  resource?: string;
  namespace?: string;
}

/** A pod as the API gives it. Its requests stand beside the limits: the API fills them in. */
export function podObject(options: PodOptions): object {
  const {
    name,
    nodeName,
    phase = "Running",
    gpus = 0,
    resource = "nvidia.com/gpu",
    namespace = "llm",
  } = options;
  const amounts = { cpu: "2", memory: "16Gi", ...(gpus > 0 && { [resource]: String(gpus) }) };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, uid: `uid-${name}` },
    spec: {
      ...(nodeName !== undefined && { nodeName }),
      containers: options.containers ?? [
        { name: "kserve-container", image: "vllm", resources: { limits: amounts, requests: amounts } },
      ],
      ...(options.initContainers !== undefined && { initContainers: options.initContainers }),
      restartPolicy: "Always",
    },
    status: { phase },
  };
}

/** An OpenShift AI template of a serving runtime (odh-model-controller, config/runtimes). */
export const templateObject = (name: string, image: string, version: string): object => ({
  apiVersion: "template.openshift.io/v1",
  kind: "Template",
  metadata: {
    name,
    namespace: "redhat-ods-applications",
    annotations: { "opendatahub.io/apiProtocol": "REST", "opendatahub.io/modelServingSupport": '["single"]' },
    labels: { "opendatahub.io/ootb": "true" },
  },
  objects: [
    {
      apiVersion: "serving.kserve.io/v1alpha1",
      kind: "ServingRuntime",
      metadata: {
        name: name.replace(/-template$/, ""),
        annotations: {
          "openshift.io/display-name": "vLLM NVIDIA GPU ServingRuntime for KServe",
          "opendatahub.io/recommended-accelerators": '["nvidia.com/gpu"]',
          "opendatahub.io/runtime-version": version,
        },
      },
      spec: {
        annotations: { "prometheus.io/port": "8080", "prometheus.io/path": "/metrics" },
        multiModel: false,
        supportedModelFormats: [{ autoSelect: true, name: "vLLM" }],
        containers: [
          {
            name: "kserve-container",
            image,
            command: ["python", "-m", "vllm.entrypoints.openai.api_server"],
            args: ["--port=8080", "--model=/mnt/models", "--served-model-name={{.Name}}"],
            ports: [{ containerPort: 8080, protocol: "TCP" }],
          },
        ],
      },
    },
  ],
  parameters: [],
});
