import type { CommandTable } from "../framework/table.ts";

/** Commands of `model-car`. Each module is imported when it runs; what it works with, when it is needed. */
export const commands: CommandTable = {
  check: {
    summary: "Tell whether the models of a file will serve: GO or NO-GO, and why",
    load: () => import("./check.ts"),
  },
  estimate: {
    summary: "Estimate one model by its reference, without a model-car file",
    load: () => import("./estimate.ts"),
  },
  optimize: {
    summary: "Write the fewest edits of serving arguments with which the models start",
    load: () => import("./optimize.ts"),
  },
  requirements: {
    summary: "Show what the models of a file are and what they need",
    load: () => import("./requirements.ts"),
  },
  accelerators: {
    summary: "Show the GPUs that models could be put on",
    load: () => import("./accelerators.ts"),
  },
  qa: {
    summary: "Run the models of a file for real, on the cluster",
    load: () => import("./qa.ts"),
  },
  matrix: {
    summary: "Show how many GPUs of which type each model takes",
    load: () => import("./matrix.ts"),
  },
  schema: {
    summary: "Print the JSON Schema of what 'check --json' prints",
    load: () => import("./schema.ts"),
  },
};
