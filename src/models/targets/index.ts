import type { ModelTarget } from "./types.ts";

interface TargetEntry {
  /** As the target itself says it. */
  summary: string;
  load(): Promise<{ target: ModelTarget }>;
}

/** Every target, by name. Its module is imported when it is asked for. */
export const TARGETS = {
  cpu: {
    summary: "This machine's processor, by ONNX Runtime",
    load: () => import("./cpu/index.ts"),
  },
  jetson: {
    summary: "NVIDIA Jetson, by TensorRT",
    load: () => import("./jetson/index.ts"),
  },
} as const satisfies Record<string, TargetEntry>;

export type TargetName = keyof typeof TARGETS;

export const TARGET_NAMES = Object.keys(TARGETS) as TargetName[];
