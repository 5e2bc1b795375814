import type { GpuType, GpuVendor } from "../gpus/types.ts";
import type { RuntimeVersion } from "../runtime/types.ts";

export interface Taint {
  key: string;
  value: string | undefined;
  effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** What a pod says of taints (k8s.io/api/core/v1, Toleration). */
export interface Toleration {
  /** Undefined: of every key. */
  key: string | undefined;
  operator: "Exists" | "Equal";
  value: string | undefined;
  /** Undefined: every effect. */
  effect: Taint["effect"] | undefined;
}

/** Accelerators of one kind in one node. */
export interface GpuPool {
  /** Product as the node's label, tool or user named it. */
  product: string;
  /** Undefined: not in our table and not described well enough by its labels. */
  type: GpuType | undefined;
  vendor: GpuVendor | undefined;
  /** Kubernetes resource that pods ask for: `nvidia.com/gpu`, `nvidia.com/mig-1g.5gb`. */
  resource: string;
  /** Memory of one device as the node says it; wins over the table. */
  memoryMiB: number | undefined;
  /** From labels (compute.major/minor); wins over the table. */
  capability: number | undefined;
  /** Devices in the node, those the kubelet gives out, and those that running pods hold. */
  capacity: number;
  allocatable: number;
  /** Undefined: pods could not be listed. */
  allocated: number | undefined;
  /** Time-sliced or MPS replicas of one device: memory is shared, not multiplied. */
  replicas: number | undefined;
  /** MIG profile when each device is a slice. */
  mig: string | undefined;
  driver: string | undefined;
  cuda: string | undefined;
}

export interface NodeFacts {
  name: string;
  ready: boolean;
  /** False: cordoned or draining. */
  schedulable: boolean;
  taints: Taint[];
  /** `amd64`, `arm64`, `s390x`, `ppc64le`; undefined when unknown. */
  architecture: string | undefined;
  pools: GpuPool[];
  ramBytes: number | undefined;
  storageBytes: number | undefined;
  instanceType: string | undefined;
  provider: string | undefined;
  zone: string | undefined;
}

/** What a namespace may still ask for. */
export interface Quota {
  name: string;
  resource: string;
  hard: number;
  used: number;
  /** `pod`: each pod may have so much, however many there are (a LimitRange); else all pods together. */
  per?: "pod" | undefined;
}

/** What of a cluster could not be read, or not all of it. */
export type UnreadPart = "nodes" | "pods" | "quotas" | "runtimes";

export interface InventoryProblem {
  code: string;
  text: string;
  hint: string | undefined;
  /** Set where the problem is that something could not be read. */
  unread?: UnreadPart | undefined;
}

/** How pods serve: the vLLM in them, and the taints that they tolerate. */
export interface Serving {
  runtime: RuntimeVersion;
  tolerations: Toleration[];
}

/** The machines that the models may be put on. */
export interface Inventory extends Serving {
  source: "cluster" | "flag" | "file" | "machine";
  nodes: NodeFacts[];
  quotas: Quota[];
  /** On the accelerators of other vendors, where the cluster has a runtime of their own. */
  otherServing?: Partial<Record<GpuVendor, Serving>> | undefined;
  problems: InventoryProblem[];
  /** False: parts of the cluster could not be read, so that what is absent may exist. */
  complete: boolean;
}
