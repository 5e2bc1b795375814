import { defineCommand } from "../framework/command.ts";
import type { OptionSpecs } from "../framework/option-spec.ts";
import { line } from "../terminal/streams.ts";
import { clusterOptions, modelCarPositional, readOptions, runtimeOptions } from "./options.ts";
import { qaOptions } from "./qa-options.ts";
import { runQa } from "./run-qa.ts";

const options = {
  ...qaOptions,
  ...clusterOptions,
  ...runtimeOptions,
  ...readOptions,
} as const satisfies OptionSpecs;

export const command = defineCommand({
  summary: "Run the models of a file for real, on the cluster",
  description:
    "Looks at the cluster first, and begins only when it is healthy. Tells what it does in lines that begin with [QA]; the " +
    "last is QA_OK, or QA_ERROR: and a code of the table in docs/model-car-cluster.md. What it makes, it removes, on Ctrl-C, " +
    "too. Ends with 1 unless it is QA_OK.",
  positionals: [modelCarPositional],
  options,
  examples: [
    { command: "agent2389 model-car qa modelcar.yaml" },
    { command: "agent2389 model-car qa modelcar.yaml --runner kserve --qa-namespace my-project" },
    {
      command: "agent2389 model-car qa modelcar.yaml --runner kserve --keep --json",
      note: "the lines go to standard error, the outcome to standard output",
    },
  ],
  async run(ctx, { modelcar }, given) {
    const { stdout, stderr, globals, signal } = ctx;
    const tell = (text: string): void => line(globals.json ? stderr : stdout, text);
    const result = await runQa(ctx, modelcar, given, tell);
    signal.throwIfAborted();
    if (globals.json) line(stdout, JSON.stringify(result, null, 2));
    return result.code === "QA_OK" ? 0 : 1;
  },
});
