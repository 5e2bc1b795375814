import { join } from "node:path";
import { calibrationCache, tensorRtVersionNumber } from "../quantize/calibration-cache.ts";
import type { Artifact } from "../targets/types.ts";
import type { Deployment } from "./deployment.ts";

export const CALIBRATION_CACHE_FILE = "calibration.cache";

/** Of JetPack 6.2: the newest that still reads such a file. */
const NEWEST = "10.3.0";

/** For TensorRT 8 to 10, which can also quantize by themselves: the ranges in their own form, beside the model. */
export async function writeCalibrationCache(
  { request, deps, calibrated, staging }: Deployment,
  { versions }: Artifact,
): Promise<void> {
  const { engine } = request.target.profile(deps.world.machine);
  if (engine !== "tensorrt" || !calibrated) return;
  const [major = 0, minor = 0, patch = 0] = (versions["tensorrt"] ?? NEWEST).split(".").map(Number);
  const text = calibrationCache(calibrated.calibration.ranges, {
    version: tensorRtVersionNumber(major, minor, patch),
    algorithm: request.calibration?.method === "minmax" ? "MinMaxCalibration" : "EntropyCalibration2",
  });
  await Bun.write(join(staging, CALIBRATION_CACHE_FILE), text);
}
