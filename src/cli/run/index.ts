import { resolve } from "node:path";
import type { Override } from "../../config/values/overrides.ts";
import { configFile, loadConfigFile } from "../config-file.ts";
import { defineCommand } from "../framework/command.ts";
import { openLog } from "../log-settings.ts";
import { checkApplied, overrideOf, setOption, splitSetting } from "../set-option.ts";
import { untilStopped } from "./until-stopped.ts";

export const command = defineCommand({
  summary: "Run an agent",
  description:
    "Connects to the broker of the config, takes tasks and answers them until it is stopped. SIGTERM and Ctrl-C let " +
    "running tasks end first; what is left then is taken up at the next start. No task is lost if it is killed.",
  positionals: [
    {
      name: "config",
      description: "Config file, or a built-in agent such as writer",
      optional: true,
      completes: "file",
    },
  ],
  options: {
    broker: {
      type: "string",
      short: "b",
      value: "URL",
      description: "Broker; comes before that of the config",
    },
    record: {
      type: "string",
      value: "FILE",
      description: "Record every exchange with the model, for the replay provider",
      completes: "file",
    },
    set: setOption,
  },
  examples: [
    { command: "agent2389 run my-agent.toml" },
    { command: "agent2389 --config my-agent.toml run", note: "the same" },
    { command: "agent2389 run writer --broker mqtts://broker.example.com:8883" },
  ],
  async run(ctx, { config }, { broker, record, set }) {
    const settings = set.map((text) => overrideOf(splitSetting(text)));
    const overrides: Override[] = broker
      ? [...settings, { path: ["mqtt", "broker_url"], value: broker, source: "--broker" }]
      : settings;
    const loaded = await loadConfigFile(ctx, configFile(ctx, config), overrides);
    checkApplied(settings, loaded);
    const log = await openLog(ctx, loaded.config.log, loaded.secrets);
    const app = await ctx.services.startAgents([loaded], {
      log,
      clock: ctx.clock,
      executable: ctx.executable,
      ...(record && { record: resolve(ctx.cwd, record) }),
    });
    await untilStopped(app, { ...ctx, loaded: [loaded], log });
    return 0;
  },
});
