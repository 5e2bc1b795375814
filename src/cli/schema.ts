import { defineCommand } from "./framework/command.ts";
import { line } from "./terminal/streams.ts";

export const command = defineCommand({
  summary: "Print the JSON Schema of configs, for editors",
  description:
    "Save it, and name it in the first line of a config: editors with a TOML extension (Even Better TOML, Tombi) then " +
    "complete and check it.",
  examples: [
    { command: "agent2389 schema > agent.schema.json" },
    {
      command: "echo '#:schema ./agent.schema.json' | cat - my-agent.toml",
      note: "the line an editor looks for",
    },
  ],
  async run({ services, stdout }) {
    const { editorSchema } = await import("../config/schema/json-schema.ts");
    line(stdout, JSON.stringify(editorSchema(await services.toolDescriptions()), null, 2));
    return 0;
  },
});
