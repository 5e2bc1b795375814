import { resolve } from "node:path";
import type { App } from "../../app.ts";
import type { Override } from "../../config/values/overrides.ts";
import { brokerArgument } from "../client/connect.ts";
import { allConfigs, configFile, loadConfigFile } from "../config-file.ts";
import { defineCommand } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import { PORT } from "../framework/number-options.ts";
import { logSettings, openLog } from "../log-settings.ts";
import { untilStopped } from "../run/until-stopped.ts";
import { line } from "../terminal/streams.ts";
import { keyValues } from "../terminal/table.ts";
import { type ChosenBroker, chooseBroker } from "./choose-broker.ts";

export const command = defineCommand({
  summary: "Run several agents at once, with a broker if there is none",
  description:
    "In one process, on one machine. The broker is that of --broker, or of MQTT_BROKER_URL if it can be reached, or " +
    "the one that runs on this machine already (port 1883), or an embedded one; those that the configs name are not used.",
  positionals: [
    {
      name: "config",
      description: "Config files, or built-in agents such as researcher and writer",
      multiple: true,
      optional: true,
      completes: "file",
    },
  ],
  options: {
    broker: { type: "string", short: "b", value: "URL", description: "Broker to use" },
    port: {
      ...PORT,
      min: 0,
      short: "p",
      description: "Start the embedded broker, on this port; else 1883, or any if that is taken",
    },
    memory: { type: "boolean", description: "Start the embedded broker, and let it keep nothing on disk" },
    record: {
      type: "string",
      value: "FILE",
      description: "Record every exchange with the models, for the replay provider",
      completes: "file",
    },
  },
  examples: [
    { command: "agent2389 up my-agent.toml" },
    { command: "agent2389 up researcher writer editor", note: "agents that are part of the program" },
  ],
  async run(ctx, { config }, { broker: url, port, memory, record }) {
    const files = config.length > 0 ? config : [configFile(ctx, undefined)];
    const settings = logSettings(ctx, "warn");
    const broker = await chooseBroker(ctx, { url, port, memory }, await openLog(ctx, settings, []));
    try {
      const overrides = overridesFor(broker, ctx);
      const loaded = await allConfigs(files.map((file) => loadConfigFile(ctx, file, overrides)));
      const secrets = loaded.flatMap((one) => one.secrets);
      const log = await openLog(ctx, settings, secrets);
      const app = await ctx.services.startAgents(loaded, {
        log,
        clock: ctx.clock,
        executable: ctx.executable,
        ...(record && { record: resolve(ctx.cwd, record) }),
      });
      await untilStopped(app, {
        ...ctx,
        loaded,
        log,
        onReady: () => announce(ctx, app, broker),
        onStopping: () => tellWait(ctx, app),
      });
    } finally {
      await broker.embedded?.close();
    }
    return 0;
  },
});

/** The one broker for all; and any free port for the health endpoints, unless one was asked for. */
function overridesFor({ url, why }: ChosenBroker, { env }: Context): Override[] {
  const broker: Override = {
    path: ["mqtt", "broker_url"],
    value: url,
    source: `the broker of 'up' (${why})`,
  };
  const health: Override = { path: ["server", "port"], value: 0, source: "'up'" };
  return env["HEALTH_PORT"] ? [broker] : [broker, health];
}

function announce(
  { stderr, stdout, globals }: Context,
  { agents, health }: App,
  { url, why }: ChosenBroker,
): void {
  const ids = agents.map(({ agentId }) => agentId);
  if (globals.json) {
    line(stdout, JSON.stringify({ broker: url, health: health?.url ?? null, agents: ids }));
    return;
  }
  if (globals.quiet) return;
  const { colors } = stderr;
  const rows: [string, string][] = [
    ["agents", `${colors.bold(ids.join(", "))} ${colors.green("ready")}`],
    ["broker", `${url} (${why})`],
    ...(health ? [["health", `${health.url}/health`] satisfies [string, string]] : []),
    ["ask", `agent2389 ask ${ids[0]} "…"${brokerArgument(url)}`],
  ];
  stderr.write(keyValues(rows, stderr));
  line(stderr, colors.dim("Ctrl-C stops them."));
}

/** Whoever pressed Ctrl-C should not wonder why nothing happens. */
async function tellWait({ stderr, globals }: Context, { agents }: App): Promise<void> {
  if (globals.quiet || globals.json) return;
  const gauges = await Promise.all(agents.map((agent) => agent.gauges()));
  const running = gauges.reduce((sum, gauge) => sum + gauge.running, 0);
  if (running === 0) return;
  const tasks = running === 1 ? "1 running task" : `${running} running tasks`;
  line(stderr, stderr.colors.dim(`Letting ${tasks} end first; Ctrl-C again stops at once.`));
}
