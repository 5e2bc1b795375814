import { UsageError } from "../../base/errors.ts";
import type { ModelTarget } from "../../models/targets/types.ts";
import type { OptionSpecs } from "../framework/option-spec.ts";

/** Of a device that cannot be asked. */
export const tensorrtOption = {
  tensorrt: {
    type: "string",
    value: "VERSION",
    description:
      "Version of TensorRT on a device that is not asked for it: from 10 on, int8 models have float16 for the rest; default: a model for 8 and later",
  },
} as const satisfies OptionSpecs;

/** The version as it was given. Throws a UsageError for what is none, and for a target without TensorRT. */
export function tensorrtGiven(version: string | undefined, target: ModelTarget): string | undefined {
  if (version === undefined) return undefined;
  if (target.name !== "jetson") throw new UsageError("--tensorrt goes with --target jetson");
  if (/^\d+(\.\d+)*$/.test(version)) return version;
  throw new UsageError(`--tensorrt takes a version, as 10.3, not "${version}"`);
}

/** Ways to a device, and what its builder is told. */
export const deviceOptions = {
  worker: {
    type: "string",
    value: "AGENT",
    description: "Build and run on the machine of this agent, which has the tool tensorrt_worker",
  },
  broker: {
    type: "string",
    short: "b",
    value: "URL",
    description: "With --worker: the broker; else that of --config, else mqtt://localhost:1883",
    env: "MQTT_BROKER_URL",
  },
  "serve-at": {
    type: "string",
    value: "HOST",
    description:
      "With --worker: address of this machine that the worker fetches from, or address:port; default: that towards the broker, any free port",
  },
  "worker-timeout": {
    type: "number",
    value: "SECONDS",
    description: "With --worker: give it up after so long without a sign of life",
    min: 1,
    max: 86_400,
    default: 600,
  },
  bundle: {
    type: "boolean",
    description: "For a device out of reach: write a folder with all that it needs, to be run there by hand",
  },
  ...tensorrtOption,
  workspace: {
    type: "number",
    value: "MIB",
    description: "TensorRT: memory a layer may use; default: all that the GPU has",
    min: 1,
    whole: true,
  },
  "dla-core": {
    type: "number",
    value: "N",
    description: "TensorRT: run layers on this deep learning accelerator where it takes them",
    min: 0,
    max: 15,
    whole: true,
  },
  "build-level": {
    type: "number",
    value: "N",
    description: "TensorRT 8.6 and newer: how long the builder looks for faster kernels, 0 to 5; default: 3",
    min: 0,
    max: 5,
    whole: true,
  },
} as const satisfies OptionSpecs;
