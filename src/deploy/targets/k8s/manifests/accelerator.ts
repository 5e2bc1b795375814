import type { AcceleratorPlan, AgentPlan } from "../../../plan.ts";

/** What a pod needs to be placed on a Jetson and to see its GPU (NVIDIA device plugin and container runtime). */
export const placement = (accelerator: AcceleratorPlan | undefined) =>
  accelerator && {
    runtimeClassName: "nvidia",
    nodeSelector: { "kubernetes.io/arch": "arm64", "kubernetes.io/os": "linux" },
    tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
  };

/** A GPU is set aside by naming it among the limits; it cannot be shared. */
export function resources({ resources: { requests, limits }, accelerator }: AgentPlan) {
  return { requests, limits: accelerator ? { ...limits, "nvidia.com/gpu": 1 } : limits };
}
