import { UsageError } from "../../base/errors.ts";
import { hasPixels, type Listed, listSamples } from "../data/list-samples.ts";
import type { Port } from "../ort/types.ts";
import { shapeText } from "../ort/values.ts";
import { classesOf } from "../validate/classification.ts";
import { labelIndex } from "../validate/label-index.ts";
import type { DataFacts } from "./calibration.ts";
import type { CalibrationRequest, ValidationRequest } from "./types.ts";

/** What the files of the data tell before the first of them is read. */
export interface Ahead {
  /** Whether some are pixels that are to be preprocessed. */
  pixels: boolean;
}

/**
 * Looks at the data before anything long begins: rejects with an ExpectedError for what is not there, what does not fit the
 * inputs, labels that are not the model's, and what is asked of boxes where the model has none.
 */
export async function lookAhead(
  { inputs, how, labels }: DataFacts,
  outputs: readonly Port[],
  {
    calibration,
    validation,
  }: {
    calibration?: Pick<CalibrationRequest, "path"> | undefined;
    validation?: Pick<ValidationRequest, "path" | "agreement" | "confidence"> | undefined;
  },
): Promise<Ahead> {
  if (validation) refuseBoxesAsked(validation, outputs);
  const listed: Listed[] = [];
  for (const path of new Set([calibration?.path, validation?.path])) {
    if (path === undefined) continue;
    const found = await listSamples(path, inputs, labels);
    if (path === validation?.path) refuseOtherClasses(found.labels, outputs);
    listed.push(found);
  }
  return { pixels: listed.some((each) => hasPixels(each, inputs, how)) };
}

/** The output that tells classes is found as a comparison finds it, where the model says its dimensions. */
function refuseOtherClasses(labels: readonly string[] | undefined, outputs: readonly Port[]): void {
  if (labels === undefined) return;
  for (const { type, dims } of outputs) {
    const [, ...rest] = dims;
    const known = rest.filter((dim) => typeof dim === "number" && dim > 0) as number[];
    if (!/^(float|double)/.test(type) || known.length !== rest.length) continue;
    const classes = classesOf([1, ...known]);
    if (classes === undefined) continue;
    labelIndex(labels, classes);
    return;
  }
}

/** A detector that gives one output gives a row or a column for each box of it, beside the batch. */
function refuseBoxesAsked(
  { agreement, confidence }: Pick<ValidationRequest, "agreement" | "confidence">,
  outputs: readonly Port[],
): void {
  const [only, ...more] = outputs;
  if (!only || more.length > 0 || only.dims.length === 0 || only.dims.length > 2) return;
  if (agreement === undefined && confidence === undefined) return;
  const option = agreement === undefined ? "--confidence" : "--agreement";
  throw new UsageError(`${option} is for detectors, and this model gives no boxes`, {
    where: `output "${only.name}", ${shapeText(only.dims)}`,
    hint: "Leave it out.",
  });
}
