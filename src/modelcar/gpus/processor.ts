import type { GpuType } from "./types.ts";

/** Grace CPUs are Arm (GH200, GB200, GB10). */
export const isGrace = ({ id }: Pick<GpuType, "id">): boolean => /^G[HB]\d/.test(id);
