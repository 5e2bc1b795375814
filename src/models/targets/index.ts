import type { ModelTarget } from "./types.ts";

interface TargetEntry {
  load(): Promise<{ target: ModelTarget }>;
}

/** Every target, by name. Its module is imported when it is asked for. */
export const TARGETS = {
  cpu: { load: () => import("./cpu/index.ts") },
  jetson: { load: () => import("./jetson/index.ts") },
} as const satisfies Record<string, TargetEntry>;

export type TargetName = keyof typeof TARGETS;

export const TARGET_NAMES = Object.keys(TARGETS) as TargetName[];
