import { configFile, loadConfigFile } from "./config-file.ts";
import { defineCommand } from "./framework/command.ts";

export const command = defineCommand({
  summary: "Show a config as it takes effect",
  description:
    "Every value with where it comes from: the file, a variable of the environment, an option, or the default. Secrets " +
    "are redacted.",
  positionals: [{ name: "config", description: "Config file", optional: true, completes: "file" }],
  options: {
    show: { type: "boolean", description: "What it does anyway: the peer implementation's spelling" },
  },
  examples: [
    { command: "agent2389 config my-agent.toml" },
    { command: "agent2389 --config my-agent.toml config --show --json" },
  ],
  async run(ctx, { config }) {
    const loaded = await loadConfigFile(ctx, configFile(ctx, config));
    const { showConfig } = await import("../config/show/show.ts");
    ctx.stdout.write(await showConfig(loaded, ctx.globals.json ? "json" : "toml"));
    return 0;
  },
});
