import { basename, join } from "node:path";
import { counted } from "../../base/counted.ts";
import { DEPLOYMENT_FILE } from "../bundle/bundle-manifest.ts";
import type { Result } from "../report/result-schema.ts";
import { MODEL_FILE } from "./build.ts";
import type { Deployment } from "./deployment.ts";
import type { Tried } from "./try-deployed.ts";
import { openTestSamples, withTruth } from "./validation.ts";
import { CALIBRATION_CACHE_FILE } from "./write-calibration-cache.ts";

/** Within the artefact's folder. */
export const BUNDLE_FOLDER = "bundle";

/** What the bundle was made from and how, for the report on what comes back; it names no folder of this machine. */
export async function writeDeployment(staging: string, result: Result): Promise<void> {
  const { validation: _, calibration, ...rest } = result;
  const skipped = calibration?.skipped.map(({ file, reason }) => ({ file: basename(file), reason })) ?? [];
  const told: Result = {
    ...rest,
    ...(calibration && { calibration: { ...calibration, skipped } }),
    worst: [],
    warnings: [],
    steps: [],
  };
  await Bun.write(join(staging, BUNDLE_FOLDER, DEPLOYMENT_FILE), `${JSON.stringify(told, null, 2)}\n`);
}

/** Writes what a device out of reach needs to build and run the model, and says that it was not run there. */
export async function bundleInto(deployment: Deployment, { validation }: Tried): Promise<void> {
  const { request, deps, steps, data, baseline, staging } = deployment;
  const cache = join(staging, CALIBRATION_CACHE_FILE);
  const { signal } = deps.world;
  const { validation: wanted } = request;
  if (wanted === undefined) throw new Error("a bundle takes samples");
  const { writeBundle } = await import("../bundle/write-bundle.ts");
  const samples = await openTestSamples(wanted, data, signal);
  const { tolerance, confidence, agreement, runs } = wanted;
  await steps.run(
    "bundle",
    "Writing the bundle",
    async () =>
      writeBundle(join(staging, BUNDLE_FOLDER), {
        program: deps.program,
        precision: request.precision,
        modelFile: join(staging, MODEL_FILE),
        inputs: data.inputs,
        baseline,
        baselineTimes: validation?.baseline.latency?.times ?? [],
        samples: withTruth(samples, data),
        tolerance,
        confidence,
        agreement,
        runs,
        calibrationCache: (await Bun.file(cache).exists()) ? cache : undefined,
        tensorrt: request.tensorrt ?? {},
        signal,
        progress: steps.count("bundle"),
      }),
    ({ samples: written }) => `${counted(written.length, "sample")}, ${BUNDLE_FOLDER}/run.sh`,
  );
  steps.warn(
    `Not run on the device: the figures are ONNX Runtime's on this machine. Take the folder ${BUNDLE_FOLDER} there, run "sh run.sh", and bring it back for "deploy-model validate --bundle-results".`,
  );
}
