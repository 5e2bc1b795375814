import type { ModelTarget } from "./types.ts";

/** The target, quantized for as this version of its engine takes it. */
export const ofVersion = (target: ModelTarget, version: string): ModelTarget => ({
  ...target,
  profile: (machine) => target.profile(machine, version),
});
