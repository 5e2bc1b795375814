import { join } from "node:path";
import { calibrationCache, tensorRtVersionNumber } from "../quantize/calibration-cache.ts";
import type { Ranges } from "../quantize/types.ts";

export const CALIBRATION_FILE = "calibration.cache";

/** The last version that has nothing but such caches on JetPack; what reads one of another version says so and goes on. */
const VERSION = tensorRtVersionNumber(8, 6, 2);

/** For those who build with TensorRT 8 to 10 from a float model; the Q/DQ model beside it says its scales itself. */
export async function writeCalibrationCache(folder: string, ranges: Ranges): Promise<void> {
  const text = calibrationCache(ranges, { version: VERSION, algorithm: "EntropyCalibration2" });
  await Bun.write(join(folder, CALIBRATION_FILE), text);
}
