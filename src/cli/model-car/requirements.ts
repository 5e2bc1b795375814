import type { ModelNeed } from "../../modelcar/decision/types.ts";
import { defineCommand } from "../framework/command.ts";
import { line } from "../terminal/streams.ts";
import { loadModels } from "./load-car.ts";
import {
  bootstrapOption,
  explainOption,
  modelCarPositional,
  readOptions,
  runtimeOptions,
} from "./options.ts";
import { modelWorld, runtimeOf } from "./world.ts";

export const command = defineCommand({
  summary: "Show what the models of a file are and what they need",
  description:
    "Each model is read, not guessed: its config and the headers of its weights. Memory is told for one GPU of 80 GB, whose " +
    "size decides vLLM's defaults; 'check' and 'matrix' tell it for others.",
  positionals: [{ ...modelCarPositional, optional: true }],
  options: { ...runtimeOptions, ...explainOption, ...bootstrapOption, ...readOptions },
  examples: [
    { command: "agent2389 model-car requirements modelcar.yaml" },
    { command: "agent2389 model-car requirements modelcar.yaml --explain" },
  ],
  async run(ctx, { modelcar }, options) {
    const { stdout, stderr, globals } = ctx;
    const runtime = runtimeOf(options);
    const [{ car, bootstrap }, { readNeeds }, { nominalReports }] = await Promise.all([
      loadModels(ctx, modelcar, options.bootstrap),
      import("../../modelcar/supervisor/read-needs.ts"),
      import("../../modelcar/supervisor/nominal.ts"),
    ]);
    const needs = await readNeeds(car.models, await modelWorld(ctx, options), {
      ...(bootstrap && { known: bootstrap.facts }),
    });
    if (car.warnings.length > 0 && !globals.quiet)
      (await import("./show/problems.ts")).showWarnings(car, stderr);
    const reports = nominalReports(needs, runtime);
    if (globals.json) {
      line(
        stdout,
        JSON.stringify(
          reports.map(({ name, image, facts, memory }) => ({ name, image, facts, memory })),
          null,
          2,
        ),
      );
      return needs.every(isRead) ? 0 : 3;
    }
    const [{ requirementsTable }, { memoryText }, { showModelProblems }] = await Promise.all([
      import("./show/requirements.ts"),
      import("./show/memory.ts"),
      import("./show/problems.ts"),
    ]);
    stdout.write(requirementsTable(reports, stdout));
    for (const report of reports) {
      const problems = report.facts?.problems ?? [];
      if (!options.explain && problems.length === 0) continue;
      showModelProblems(report.name, problems, stdout);
      if (options.explain) stdout.write(memoryText(report, stdout));
    }
    return needs.every(isRead) ? 0 : 3;
  },
});

const isRead = ({ facts }: ModelNeed): boolean => facts !== undefined && !facts.estimatedFromName;
