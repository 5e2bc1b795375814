import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { counted } from "../../base/counted.ts";
import type { Samples } from "../data/types.ts";
import { writeModel } from "../onnx/write-model.ts";
import type { Result } from "../report/result-schema.ts";
import { validationResult } from "../report/validation-result.ts";
import { ortRunner } from "../targets/cpu/runner.ts";
import { isWithinChance } from "../validate/notes.ts";
import type { Validation } from "../validate/validate.ts";
import { buildModel } from "./build.ts";
import type { Built, Deployment } from "./deployment.ts";
import type { Made } from "./precision.ts";
import { remembered } from "./remembered.ts";
import { worstPictures } from "./thumbnails.ts";
import type { ValidationRequest } from "./types.ts";
import { lossOf, openTestSamples, validateWhole, withTruth } from "./validation.ts";

export interface Tried {
  built: Built;
  validation: Result["validation"];
  mixed: Result["mixed"];
  worst: Result["worst"];
}

/** Holds what was built against the float model, and lets layers be float where too much is lost. */
export async function tryDeployed(deployment: Deployment, built: Built): Promise<Tried> {
  const { request, deps, steps, data } = deployment;
  if (request.validation === undefined) return { built, validation: undefined, mixed: undefined, worst: [] };
  const samples = await openTestSamples(request.validation, data, deps.world.signal, steps);
  let compared = await compare(deployment, built, samples);
  let mixed: Result["mixed"];
  let last = built;
  const notes: string[] = [];
  if (request.validation.path === request.calibration?.path) {
    notes.push(
      "The samples are those that the model was calibrated with: others may show a little more loss.",
    );
  }
  if (mayMix(deployment, request.validation, compared)) {
    const { tolerance } = compared.verdict;
    if (isWithinChance(compared, request.validation.maxDrop ?? tolerance))
      notes.push(
        "Too few samples to tell whether layers had to stay in float at all: what was lost before lies within chance of the tolerance.",
      );
    const found = await mix(deployment, request.validation, samples, tolerance);
    if (found.mixed.kept.length > 0 || !found.mixed.reached) mixed = found.mixed;
    if (found.mixed.kept.length > 0) {
      last = await steps.run(
        "build",
        "Building it again",
        () => buildModel(deployment, found.made),
        () => "built",
      );
      compared = await compare(deployment, last, samples);
      notes.push(
        "The layers left in float were chosen on these same samples: other samples may show a little more loss.",
      );
    }
  }
  const validation = validationResult(compared, { labels: samples.labels, skipped: samples.skipped, notes });
  return { built: last, validation, mixed, worst: await worstPictures(validation, samples, data.inputs) };
}

function mayMix(
  { request, calibrated }: Deployment,
  { maxDrop }: ValidationRequest,
  { verdict }: Validation,
): boolean {
  if (request.precision !== "int8" || request.mixed === false || !calibrated) return false;
  return (
    verdict.criterion !== "finite" &&
    verdict.criterion !== "baseline" &&
    verdict.value > (maxDrop ?? verdict.tolerance)
  );
}

async function compare(
  { request, deps: { world }, steps, baseline, data }: Deployment,
  { artifact }: Built,
  samples: Samples,
): Promise<Validation> {
  const deployed = await request.target.runner(artifact, { threads: request.threads }, world);
  try {
    return await steps.run(
      "validate",
      `Comparing ${counted(samples.count, "sample")} with the float model`,
      () =>
        validateWhole(baseline, deployed, withTruth(samples, data), request.validation!, {
          signal: world.signal,
          progress: steps.count("validate"),
        }),
      ({ verdict }) => verdict.text,
    );
  } finally {
    await deployed.close();
  }
}

/** Tries models on this machine: those for a device that is far away lose the same but for its rounding. */
async function mix(
  deployment: Deployment,
  validation: ValidationRequest,
  samples: Samples,
  tolerance: number,
) {
  const { request, deps, steps, baseline, data, source, prepared, calibrated } = deployment;
  const { world } = deps;
  const { mixPrecisions } = await import("./mixed.ts");
  const folder = await mkdtemp(join(deployment.staging, "tried-"));
  const file = join(folder, "model.onnx");
  const ort = await world.openOrt();
  const known = remembered(baseline, withTruth(samples, data));
  const tryOne = async ({ model }: Made): Promise<number> => {
    await writeModel(model, file);
    const runner = await ortRunner(
      { name: "int8", modelFile: file, bytes: 0, threads: request.threads },
      ort,
      world,
    );
    try {
      return await lossOf(known.runner, runner, known.samples, validation, world.signal);
    } finally {
      await runner.close();
    }
  };
  try {
    return await steps.run(
      "mix",
      "Looking for the fewest layers to leave in float",
      () =>
        mixPrecisions(
          {
            source: source.model,
            prepared,
            ranges: calibrated!.calibration.ranges,
            profile: request.target.profile(world.machine),
            selection: request.selection ?? {},
            calibration: calibrated!.samples,
            limit: validation.maxDrop ?? tolerance,
            lossOf: tryOne,
          },
          {
            ort,
            signal: world.signal,
            threads: request.threads,
            tried: (count) => steps.count("mix")(count, 0),
          },
        ),
      ({ mixed: { kept, reached } }) =>
        `${counted(kept.length, "layer")} left in float${reached ? "" : "; no choice of them is good enough"}`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
