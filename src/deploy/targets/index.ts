import type { DeployTarget } from "../target.ts";

interface TargetEntry {
  /** As the target itself says it. */
  summary: string;
  load(): Promise<{ target: DeployTarget }>;
}

/** Every platform, by name. Its module is imported when it is asked for. */
export const TARGETS = {
  docker: {
    summary: "Docker Compose, on this machine or one that DOCKER_HOST names; podman too",
    load: () => import("./compose/index.ts"),
  },
  k8s: { summary: "Kubernetes, by kubectl", load: () => import("./k8s/index.ts") },
  helm: { summary: "A Helm chart for Kubernetes", load: () => import("./helm/index.ts") },
  fly: { summary: "Fly.io Machines, by flyctl", load: () => import("./fly/index.ts") },
  local: {
    summary: "This machine: agents under supervision; systemd and launchd units",
    load: () => import("./local/index.ts"),
  },
  jetson: {
    summary: "NVIDIA Jetson: a TensorRT worker with Docker Compose",
    load: () => import("./jetson/index.ts"),
  },
  colab: { summary: "A Google Colab notebook that runs the agent", load: () => import("./colab/index.ts") },
} as const satisfies Record<string, TargetEntry>;

export type TargetName = keyof typeof TARGETS;

export const TARGET_NAMES = Object.keys(TARGETS) as TargetName[];
