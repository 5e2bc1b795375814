import type { CommandTable } from "../framework/table.ts";

/** Commands of `deploy-model`. Each module is imported when it runs; what it works with, when it is needed. */
export const commands: CommandTable = {
  run: {
    summary: "Deploy a model to a target, and prove its accuracy",
    load: () => import("./run.ts"),
  },
  list: { summary: "List the targets, and whether each is here", load: () => import("./list.ts") },
  inspect: {
    summary: "Show what is in a model, and what would be quantized",
    load: () => import("./inspect.ts"),
  },
  quantize: {
    summary: "Write a model in another precision, without a target",
    load: () => import("./quantize.ts"),
  },
  validate: { summary: "Hold a model against another", load: () => import("./validate.ts") },
  bench: { summary: "Measure how fast models run on this machine", load: () => import("./bench.ts") },
  report: { summary: "Render the report of a deployment again", load: () => import("./report.ts") },
  "probe-memory": {
    hidden: true,
    summary: "Load and run a model alone, to see what memory it takes",
    load: () => import("./probe-memory.ts"),
  },
};
