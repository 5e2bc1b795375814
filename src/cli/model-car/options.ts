import type { OptionSpecs, OptionValues } from "../framework/option-spec.ts";

/** Machines that need not be there. */
const namedMachineOptions = {
  gpus: {
    type: "string",
    short: "g",
    value: "GPUS",
    description:
      'The machines: "4x NVIDIA-L40S", "2x 8x H100" for two nodes, an instance type as g6e.12xlarge; commas between nodes',
  },
  inventory: {
    type: "string",
    value: "FILE",
    description: "A saved inventory ('accelerators --json'), or the gpu_info.txt of an earlier run",
    completes: "file",
  },
} as const satisfies OptionSpecs;

/** Which cluster is meant; what is absent is found as kubectl finds it. */
export const clusterOptions = {
  kubeconfig: {
    type: "string",
    value: "FILE",
    description: "Kubeconfig of the cluster; default: KUBECONFIG, else ~/.kube/config",
    completes: "file",
  },
  context: {
    type: "string",
    value: "NAME",
    description: "Context of the kubeconfig; default: its current one",
  },
  namespace: {
    type: "string",
    short: "n",
    value: "NAME",
    description: "Namespace whose quotas count; default: that of the context",
  },
  toleration: {
    type: "string",
    value: "TAINT",
    multiple: true,
    description: "A taint that the serving pods will tolerate: its KEY, or KEY=VALUE:EFFECT",
  },
} as const satisfies OptionSpecs;

/** Which vLLM serves. */
export const runtimeOptions = {
  "vllm-version": {
    type: "string",
    value: "VERSION",
    description: "The vLLM that will serve, as 0.11.0; rules differ by release",
  },
  "runtime-image": {
    type: "string",
    value: "IMAGE",
    description: "The runtime image that will serve; its tag tells the release",
    env: "VLLM_RUNTIME_IMAGE",
  },
} as const satisfies OptionSpecs;

/** Where the machines come from. */
export const machineOptions = { ...namedMachineOptions, ...clusterOptions } as const satisfies OptionSpecs;

/** How models are read. */
export const readOptions = {
  refresh: {
    type: "boolean",
    description: "Ask registries again what a tag means now, not after 15 minutes",
  },
  "insecure-registry": {
    type: "string",
    value: "HOST",
    multiple: true,
    description: "A registry that may be asked over plain HTTP; those of this machine may anyway",
  },
  "registry-ca": {
    type: "string",
    value: "[HOST=]FILE",
    multiple: true,
    description:
      "Certificate authority (PEM) to trust for a registry, or for all; those in certs.d folders of podman and docker are anyway",
    completes: "file",
  },
} as const satisfies OptionSpecs;

export const explainOption = {
  explain: { type: "boolean", description: "Show how every number comes about" },
} as const satisfies OptionSpecs;

export const bootstrapOption = {
  bootstrap: {
    type: "string",
    value: "DIR",
    description: "Take what an earlier run found from its info folder; nothing of it is read again",
    completes: "directory",
  },
} as const satisfies OptionSpecs;

export type MachineOptions = OptionValues<typeof machineOptions>;
export type RuntimeOptions = OptionValues<typeof runtimeOptions>;
export type ReadOptions = OptionValues<typeof readOptions>;

export const modelCarPositional = {
  name: "modelcar",
  description: "Model-car file (YAML); - reads standard input",
  completes: "file",
} as const;
