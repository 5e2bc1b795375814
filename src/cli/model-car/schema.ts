import { defineCommand } from "../framework/command.ts";

export const command = defineCommand({
  summary: "Print the JSON Schema of what 'check --json' prints",
  examples: [{ command: "agent2389 model-car schema > model-car-report.schema.json" }],
  async run({ stdout }) {
    stdout.write((await import("../../modelcar/report/schema.ts")).reportSchemaText());
    return 0;
  },
});
