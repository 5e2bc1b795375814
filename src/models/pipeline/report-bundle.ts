import { basename, join } from "node:path";
import { counted } from "../../base/counted.ts";
import { readIfThere } from "../../base/read-if-there.ts";
import { DEPLOYMENT_FILE } from "../bundle/bundle-manifest.ts";
import { type BundleResults, type ReadOptions, readBundleResults } from "../bundle/read-results.ts";
import { readResult } from "../report/read-result.ts";
import type { Result } from "../report/result-schema.ts";
import { kernelsText } from "../report/summary.ts";
import { validationResult } from "../report/validation-result.ts";
import type { ValidationResult } from "../report/validation-schema.ts";
import { REPORTS, writeResult } from "./reports.ts";
import { worstPictures } from "./thumbnails.ts";

export interface BundleReport {
  validation: ValidationResult;
  /** The page; undefined for a bundle of an older program, which does not tell how it was made. */
  page: string | undefined;
}

/** Judges what a device made of a bundle, and writes the report of it into the bundle's folder: `deploy-model report` reads it. */
export async function reportBundle(folder: string, options: ReadOptions): Promise<BundleReport> {
  const [found, made] = [await readBundleResults(folder, options), await deploymentIn(folder)];
  const { labels, kernels, missing } = found;
  const notes = [
    ...(missing === 0
      ? []
      : [`The device has given nothing for ${counted(missing, "sample")}: left out of the figures.`]),
    ...(kernels ? [`On the device: ${kernelsText(kernels)}.`] : []),
  ];
  const validation = validationResult(found.validation, { labels, skipped: [], notes });
  if (!made) return { validation, page: undefined };
  await writeResult(folder, await resultOnDevice(folder, made, found, validation));
  return { validation, page: join(folder, REPORTS.html.file) };
}

async function deploymentIn(folder: string): Promise<Result | undefined> {
  const file = join(folder, DEPLOYMENT_FILE);
  const text = await readIfThere(file);
  return text === undefined ? undefined : readResult(text, file);
}

async function resultOnDevice(
  folder: string,
  made: Result,
  { device, kernels, samples }: BundleResults,
  validation: ValidationResult,
): Promise<Result> {
  const { onDevice: _, ...target } = made.target;
  return {
    ...made,
    target: {
      name: target.name,
      machine: device.machine,
      versions: { tensorrt: device.tensorrt },
      ...(kernels && { kernels }),
    },
    artifact: { ...made.artifact, folder: basename(folder), bytes: validation.deployed.bytes },
    validation,
    worst: await worstPictures(validation, samples, made.inputs),
  };
}
