import { UsageError } from "../../base/errors.ts";
import type { GpuType } from "../../modelcar/gpus/types.ts";
import { defineCommand } from "../framework/command.ts";
import { line } from "../terminal/streams.ts";
import { loadModels } from "./load-car.ts";
import { bootstrapOption, modelCarPositional, readOptions, runtimeOptions } from "./options.ts";
import { modelWorld, runtimeOf } from "./world.ts";

export const command = defineCommand({
  summary: "Show how many GPUs of which type each model takes",
  description:
    "A number is the fewest GPUs of one server on which the model starts with its arguments as they are, spread by " +
    "--tensor-parallel-size where they do not say how. Always ends with 0: it compares, and decides nothing.",
  positionals: [{ ...modelCarPositional, optional: true }],
  options: {
    ...runtimeOptions,
    ...bootstrapOption,
    ...readOptions,
    types: {
      type: "string",
      value: "NAMES",
      description: "These types of GPU, as L4,L40S,H100; default: those of servers",
    },
    all: { type: "boolean", description: "Every type of GPU that is known" },
  },
  examples: [
    { command: "agent2389 model-car matrix modelcar.yaml" },
    { command: "agent2389 model-car matrix modelcar.yaml --types L4,L40S,H100 --json" },
  ],
  async run(ctx, { modelcar }, options) {
    const { stdout, stderr, globals } = ctx;
    const [{ car, bootstrap }, { readNeeds }, { matrix, usualGpus, allGpus }] = await Promise.all([
      loadModels(ctx, modelcar, options.bootstrap),
      import("../../modelcar/supervisor/read-needs.ts"),
      import("../../modelcar/matrix/matrix.ts"),
    ]);
    const gpus =
      options.types === undefined ? (options.all ? allGpus() : usualGpus()) : await typesOf(options.types);
    const known = bootstrap && { known: bootstrap.facts };
    const needs = await readNeeds(car.models, await modelWorld(ctx, options), { ...known });
    const { showModelProblems, showWarnings } = await import("./show/problems.ts");
    if (!globals.quiet) showWarnings(car, stderr);
    const rows = matrix(needs, gpus, runtimeOf(options));
    if (globals.json) line(stdout, JSON.stringify(rows, null, 2));
    else {
      const { matrixText } = await import("./show/matrix.ts");
      stdout.write(matrixText(rows, gpus, stdout));
      for (const { entry, facts } of needs) {
        const problems = facts?.problems ?? [];
        if (problems.length > 0 && !globals.quiet) showModelProblems(entry.name, problems, stdout);
      }
    }
    return 0;
  },
});

async function typesOf(text: string): Promise<GpuType[]> {
  const { gpuType, nearestGpu } = await import("../../modelcar/gpus/match.ts");
  return text.split(",").map((part) => {
    const name = part.trim();
    const type = gpuType(name);
    if (type !== undefined) return type;
    const meant = nearestGpu(name);
    throw new UsageError(`--types: "${name}" is not a GPU that is known`, {
      ...(meant !== undefined && { hint: `Did you mean ${meant}?` }),
    });
  });
}
