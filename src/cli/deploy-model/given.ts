import { resolve } from "node:path";
import { UsageError } from "../../base/errors.ts";
import { parseJson } from "../../base/json.ts";
import { systemReason } from "../../base/system-error.ts";
import { PRESET_NAMES, type PreprocessingChoice } from "../../models/data/preprocessing.ts";
import type { ValidationRequest, WeightRequest } from "../../models/pipeline/types.ts";
import type { Precision } from "../../models/targets/types.ts";
import type { OptionValues } from "../framework/option-spec.ts";
import { didYouMean } from "../framework/parse.ts";
import type { testOptions } from "./options.ts";
import { preprocessingIn } from "./preprocessing-fields.ts";

/** What options say, read from where they say it. */

/** A preset, a JSON file, or JSON. Rejects with an error that says what is wrong with it. */
export async function preprocessingGiven(
  given: string | undefined,
  cwd: string,
): Promise<PreprocessingChoice | undefined> {
  if (given === undefined) return undefined;
  const text = given.trim();
  if (/^[\w-]+$/.test(text)) return presetNamed(text);
  const inline = /^[{["]/.test(text);
  const where = inline ? "--preprocess" : resolve(cwd, text);
  const value = parseJson(inline ? text : await fileText(where));
  if (value === undefined) throw new UsageError("this is no JSON", { where });
  return typeof value === "string" ? presetNamed(value) : preprocessingIn(value, where);
}

/** How two models are compared over the data at this path; shares are given in percent. */
export const comparisonGiven = (
  given: OptionValues<typeof testOptions>,
  path: string,
  cwd: string,
): ValidationRequest => ({
  path: resolve(cwd, path),
  samples: given["test-samples"],
  tolerance: given.tolerance / 100,
  confidence: given.confidence,
  agreement: given.agreement === undefined ? undefined : given.agreement / 100,
  runs: given.runs,
});

function presetNamed(name: string): PreprocessingChoice {
  const found = PRESET_NAMES.find((preset) => preset === name);
  if (found) return found;
  throw new UsageError(`there is no preprocessing "${name}"`, {
    where: "--preprocess",
    hint:
      didYouMean(name, PRESET_NAMES).hint ?? `There are ${PRESET_NAMES.join(", ")}, a JSON file, and JSON.`,
  });
}

/** A file with one name in each line, or names with commas between. */
export async function labelsGiven(given: string | undefined, cwd: string): Promise<string[] | undefined> {
  if (given === undefined) return undefined;
  const file = resolve(cwd, given);
  const text =
    given.includes(",") && !(await Bun.file(file).exists())
      ? given.replaceAll(",", "\n")
      : await fileText(file);
  const names = text
    .split("\n")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new UsageError(`the label "${twice}" is there twice`, { where: given });
  if (names.length === 0) throw new UsageError("there are no labels", { where: given });
  return names;
}

async function fileText(file: string): Promise<string> {
  try {
    return await Bun.file(file).text();
  } catch (thrown) {
    throw new UsageError(`it cannot be read: ${systemReason(thrown) ?? "the system does not say why"}`, {
      where: file,
      cause: thrown,
    });
  }
}

/** For int8-weights; a UsageError for what goes with no other precision. */
export function weightsGiven(
  precision: Precision,
  bits: number | undefined,
  blockSize: number | undefined,
): WeightRequest | undefined {
  if (precision !== "int8-weights") {
    if (bits === undefined && blockSize === undefined) return undefined;
    throw new UsageError("--weight-bits and --block-size are for --precision int8-weights");
  }
  if (bits !== undefined && bits !== 4 && bits !== 8) throw new UsageError("--weight-bits takes 4 or 8");
  if (blockSize !== undefined && !Number.isInteger(Math.log2(blockSize))) {
    throw new UsageError(`--block-size takes a power of 2 from 16, not ${blockSize}`);
  }
  return { bits: bits ?? 8, blockSize };
}
