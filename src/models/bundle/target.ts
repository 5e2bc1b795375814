import { target as cpu } from "../targets/cpu/index.ts";
import type { ModelTarget } from "../targets/types.ts";

/**
 * Stands in for a device that is out of reach, while its bundle is made: the model is quantized for the device, and what it
 * loses by that is measured by ONNX Runtime on this machine. The device's own rounding and times are known when the bundle
 * has been run there. `version` is that of the device's engine; undefined: the model is for all of them.
 */
export const bundleTarget = (device: ModelTarget, version?: string): ModelTarget => ({
  name: device.name,
  summary: `${device.summary}, out of reach`,
  profile: (machine) => device.profile(machine, version),
  available: cpu.available,
  capabilities: device.capabilities,
  async build(modelFile, options, world) {
    return { ...(await cpu.build(modelFile, options, world)), target: device.name };
  },
  async runner(artifact, options, world) {
    const runner = await cpu.runner(artifact, options, world);
    const { name } = runner;
    return { ...runner, name: `${name}, in place of the device` };
  },
});
