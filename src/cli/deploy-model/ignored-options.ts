import { extname } from "node:path";
import type { Env } from "../../base/env.ts";
import { UsageError } from "../../base/errors.ts";
import { deviceOptions } from "./device-options.ts";
import { precisionOptions, testOptions } from "./options.ts";

/** What the rules look at; not every command has all of them. */
interface Given {
  target: string;
  /** The file as it was named. */
  model: string;
  precision: string;
  exclude: readonly string[];
  only: readonly string[];
  tolerance?: number;
  worker?: string | undefined;
  workspace?: number | undefined;
  "dla-core"?: number | undefined;
  "build-level"?: number | undefined;
  "serve-at"?: string | undefined;
  broker?: string | undefined;
  "worker-timeout"?: number | undefined;
  "trust-model"?: boolean;
  "calibration-data"?: string | undefined;
  "calibration-method"?: string;
  samples?: number;
  recalibrate?: boolean;
  "max-drop"?: number | undefined;
  "test-data"?: string | undefined;
  "test-samples"?: number | undefined;
  confidence?: number | undefined;
  agreement?: number | undefined;
}

interface Rule {
  options: readonly (keyof Given)[];
  /** As "--target jetson". */
  with: string;
  holds(given: Given): boolean;
}

const RULES: readonly Rule[] = [
  {
    options: ["workspace", "dla-core", "build-level"],
    with: "--target jetson",
    holds: ({ target }) => target === "jetson",
  },
  {
    options: ["serve-at", "broker", "worker-timeout"],
    with: "--worker",
    holds: ({ worker }) => worker !== undefined,
  },
  { options: ["max-drop"], with: "--precision int8", holds: ({ precision }) => precision === "int8" },
  {
    options: ["test-samples", "confidence", "agreement", "tolerance"],
    with: "--test-data",
    holds: (given) => given["test-data"] !== undefined,
  },
  {
    options: ["trust-model"],
    with: "a PyTorch model, not with .onnx",
    holds: ({ model }) => extname(model).toLowerCase() !== ".onnx",
  },
  {
    options: ["samples", "recalibrate", "calibration-method"],
    with: "--calibration-data",
    holds: (given) => given.precision === "int8" || given["calibration-data"] !== undefined,
  },
  {
    options: ["exclude", "only"],
    with: "a --precision other than fp32",
    holds: ({ precision }) => precision !== "fp32",
  },
];

/** Throws a UsageError for an option that would be passed over, which nobody means. `env`: a broker named there is none. */
export function refuseIgnored(given: Given, env: Env): void {
  for (const rule of RULES) {
    const option = rule.options.find((name) => isGiven(given[name]) && !isStandIn(name, given[name], env));
    if (option === undefined || rule.holds(given)) continue;
    throw new UsageError(`--${option} goes with ${rule.with}`, { hint: "Leave it out, or add that." });
  }
  const { tolerance, "max-drop": maxDrop } = given;
  if (maxDrop === undefined || tolerance === undefined || maxDrop <= tolerance) return;
  throw new UsageError(`--max-drop ${maxDrop} is more than --tolerance ${tolerance} lets pass`, {
    hint: `Layers are left in float until no more than --max-drop is lost: give ${tolerance} or less, or raise --tolerance.`,
  });
}

/** What stands in for an option that was left out: its default, or what the environment says. */
const STAND_INS: Partial<Record<keyof Given, (env: Env) => Given[keyof Given]>> = {
  broker: (env) => env[deviceOptions.broker.env],
  "worker-timeout": () => deviceOptions["worker-timeout"].default,
  tolerance: () => testOptions.tolerance.default,
  samples: () => precisionOptions.samples.default,
  "calibration-method": () => precisionOptions["calibration-method"].default,
};

const isStandIn = (name: keyof Given, value: Given[keyof Given], env: Env): boolean =>
  value === STAND_INS[name]?.(env);

const isGiven = (value: Given[keyof Given]): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
