import { resolve } from "node:path";
import { UsageError } from "../../base/errors.ts";
import { defineCommand } from "../framework/command.ts";
import { showBundleResults } from "./bundle-results.ts";
import { comparisonGiven, labelsGiven, preprocessingGiven } from "./given.ts";
import { inputOptions, testOptions, threadOption } from "./options.ts";
import { showProgress } from "./show-progress.ts";
import { showValidation } from "./show-result.ts";
import { modelWorld } from "./world.ts";

export const command = defineCommand({
  summary: "Hold a model against another",
  description:
    "Runs both over the same test data on this machine, sample by sample: accuracy, outputs, latency, size. What an artefact's " +
    "manifest says of preprocessing, shapes and labels holds unless an option says otherwise. Exits with 1 when the second " +
    "one fails.",
  positionals: [
    { name: "baseline", description: "The float model, .onnx", optional: true, completes: "file" },
    {
      name: "deployed",
      description: "Folder that 'run' wrote, or .onnx",
      optional: true,
      completes: "file",
    },
  ],
  options: {
    "bundle-results": {
      type: "string",
      value: "DIR",
      description: "A bundle that came back from its device; it has all that the other options say",
      completes: "directory",
    },
    ...testOptions,
    ...inputOptions,
    ...threadOption,
  },
  examples: [
    { command: "agent2389 deploy-model validate --bundle-results resnet-jetson-int8/bundle" },
    { command: "agent2389 deploy-model validate resnet.onnx resnet-cpu-int8 --test-data ./test" },
    {
      command:
        "agent2389 deploy-model validate model.onnx model.int8.onnx --test-data ./test --preprocess yolo --tolerance 2",
    },
  ],
  async run(ctx, { baseline, deployed }, given) {
    const bundle = given["bundle-results"];
    if (bundle !== undefined) {
      if (baseline !== undefined)
        throw new UsageError("--bundle-results takes no models: the bundle has both sides");
      return showBundleResults(ctx, bundle);
    }
    if (baseline === undefined || deployed === undefined)
      throw new UsageError("name two models, the float one first", {
        hint: "Or what a device made of a bundle: --bundle-results DIR",
      });
    const path = given["test-data"];
    if (path === undefined)
      throw new UsageError("there is nothing to try the models on", { hint: "Name it: --test-data ./test" });
    const [{ validateFiles }, { parseInputShape }, world] = await Promise.all([
      import("../../models/pipeline/validate-files.ts"),
      import("../../models/data/input-shapes.ts"),
      modelWorld(ctx),
    ]);
    const { cwd, clock } = ctx;
    const shown = showProgress(ctx);
    try {
      const validation = await validateFiles(
        {
          baseline: resolve(cwd, baseline),
          deployed: resolve(cwd, deployed),
          inputShapes: given["input-shape"].map(parseInputShape),
          preprocessing: await preprocessingGiven(given.preprocess, cwd),
          labels: await labelsGiven(given.labels, cwd),
          threads: given.threads,
          validation: comparisonGiven(given, path, cwd),
        },
        { world, clock, progress: shown.progress },
      );
      shown.stop();
      showValidation(ctx, validation);
      return validation.verdict.passed ? 0 : 1;
    } finally {
      shown.stop();
    }
  },
});
