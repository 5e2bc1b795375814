import { basename, extname, resolve } from "node:path";
import { UsageError } from "../../base/errors.ts";
import { isInsideFolder } from "../../base/inside-folder.ts";
import type { DeployRequest, QuantizeRequest, ValidationRequest } from "../../models/pipeline/types.ts";
import { TARGETS } from "../../models/targets/index.ts";
import type { Context } from "../framework/context.ts";
import type { OptionValues } from "../framework/option-spec.ts";
import { deviceOptions } from "./device-options.ts";
import { comparisonGiven, labelsGiven, preprocessingGiven, weightsGiven } from "./given.ts";
import { refuseIgnored } from "./ignored-options.ts";
import {
  inputOptions,
  precisionOptions,
  targetOption,
  testOptions,
  threadOption,
  trustOption,
} from "./options.ts";

/** Of `run`. */
export const deployOptions = {
  ...targetOption,
  ...precisionOptions,
  ...inputOptions,
  ...trustOption,
  ...testOptions,
  validate: {
    type: "boolean",
    description: "Hold it against the float model; what --test-data does anyway",
  },
  "max-drop": {
    type: "number",
    value: "PERCENT",
    description: "Leave the fewest layers in float so that no more than this is lost; default: the tolerance",
    min: 0,
    max: 100,
  },
  "all-layers": {
    type: "boolean",
    description: "Leave no layer in float for the accuracy, whatever is lost",
  },
  ...threadOption,
  ...deviceOptions,
  out: {
    type: "string",
    short: "o",
    value: "DIR",
    description:
      "Folder for the artefact; default: <model>-<target>-<precision>; an earlier artefact is replaced",
    completes: "directory",
  },
} as const;
type Options = OptionValues<typeof deployOptions>;

type QuantizeOptions = OptionValues<
  typeof targetOption &
    typeof precisionOptions &
    typeof inputOptions &
    typeof trustOption &
    typeof threadOption
>;

/** What the options ask for. Rejects with a UsageError for what does not go together. */
export async function requestOf(ctx: Context, model: string, given: Options): Promise<DeployRequest> {
  const validation = validationOf(given, ctx.cwd);
  const request = await quantizeRequestOf(ctx, model, given);
  const name = basename(request.modelFile, extname(request.modelFile));
  const own = `${name}-${given.target}-${given.precision}`;
  const outFolder = resolve(ctx.cwd, given.out ?? own);
  if (isInsideFolder(outFolder, ctx.cwd)) {
    throw new UsageError(
      "--out names the working folder, or one around it, which would be replaced as a whole",
      {
        where: outFolder,
        hint: `Name a folder of its own: --out ${own}`,
      },
    );
  }
  return {
    ...request,
    outFolder,
    validation,
    mixed: !given["all-layers"],
  };
}

/** The part of it that says what becomes of the model itself. */
export async function quantizeRequestOf(
  { cwd, env }: Context,
  model: string,
  given: QuantizeOptions,
): Promise<QuantizeRequest> {
  const { parseInputShape } = await import("../../models/data/input-shapes.ts");
  const { target } = await TARGETS[given.target].load();
  const { precision, threads } = given;
  refuseIgnored({ ...given, model }, env);
  return {
    modelFile: resolve(cwd, model),
    trustModel: given["trust-model"],
    target,
    precision,
    inputShapes: given["input-shape"].map(parseInputShape),
    preprocessing: await preprocessingGiven(given.preprocess, cwd),
    calibration: calibrationOf(given, cwd),
    labels: await labelsGiven(given.labels, cwd),
    selection: { exclude: given.exclude, ...(given.only.length > 0 && { only: given.only }) },
    weights: weightsGiven(precision, given["weight-bits"], given["block-size"]),
    threads,
  };
}

function calibrationOf(given: QuantizeOptions, cwd: string): QuantizeRequest["calibration"] {
  const { samples, percentile } = given;
  const [path, method] = [given["calibration-data"], given["calibration-method"]];
  if (percentile !== undefined && method !== "percentile") {
    throw new UsageError("--percentile is for --calibration-method percentile");
  }
  if (path === undefined) return undefined;
  return { path: resolve(cwd, path), samples, method, percentile, resume: !given.recalibrate };
}

function validationOf(given: Options, cwd: string): ValidationRequest | undefined {
  const path = given["test-data"];
  const [maxDrop, allLayers] = [given["max-drop"], given["all-layers"]];
  if (path === undefined) {
    if (!given.validate && maxDrop === undefined) return undefined;
    throw new UsageError(`${given.validate ? "--validate" : "--max-drop"} needs --test-data`, {
      hint: "Name images that were not used to calibrate: one folder a class, if their classes are known.",
    });
  }
  if (maxDrop !== undefined && allLayers) {
    throw new UsageError("--max-drop leaves layers in float, --all-layers none", {
      hint: "Leave one of them out.",
    });
  }
  if (maxDrop !== undefined && given.agreement !== undefined) {
    throw new UsageError("--max-drop and --agreement both say what may be lost", {
      hint: "Leave one of them out.",
    });
  }
  return {
    ...comparisonGiven(given, path, cwd),
    maxDrop: maxDrop === undefined ? undefined : maxDrop / 100,
  };
}
