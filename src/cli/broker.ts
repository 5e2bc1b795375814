import { join, resolve } from "node:path";
import { secretIn } from "../base/env-secret.ts";
import { UsageError } from "../base/errors.ts";
import { isLoopbackHost } from "../base/hosts.ts";
import { stateFolder } from "../base/state-folder.ts";
import type { Broker } from "../broker/open-broker.ts";
import { defineCommand } from "./framework/command.ts";
import type { Context } from "./framework/context.ts";
import { PORT } from "./framework/number-options.ts";
import { logSettings, openLog } from "./log-settings.ts";
import { line } from "./terminal/streams.ts";
import { keyValues } from "./terminal/table.ts";

export const command = defineCommand({
  summary: "Run the embedded MQTT broker alone",
  description:
    "For agents on one machine. What it acknowledged it keeps over restarts. With MQTT_USERNAME and MQTT_PASSWORD set, " +
    "clients must present them; without, only this machine gets in.",
  options: {
    port: { ...PORT, min: 0, short: "p", description: "Port to listen on; 0: any", default: 1883 },
    host: { type: "string", value: "HOST", description: "Address to listen on", default: "127.0.0.1" },
    dir: {
      type: "string",
      value: "DIR",
      description: "Folder of its state; else one below AGENT2389_DATA_DIR",
      completes: "directory",
    },
    memory: { type: "boolean", description: "Keep nothing on disk" },
    "allow-anonymous": { type: "boolean", description: "Let everybody in, also from other machines" },
  },
  examples: [
    { command: "agent2389 broker" },
    { command: "MQTT_USERNAME=me MQTT_PASSWORD=… agent2389 broker --host 0.0.0.0" },
  ],
  async run(ctx, _args, { port, host, dir, memory, "allow-anonymous": anonymous }) {
    const { env, services, signal } = ctx;
    const log = await openLog(ctx, logSettings(ctx, "warn"), [env["MQTT_PASSWORD"] ?? ""]);
    const auth = credentials(ctx);
    if (!auth && !anonymous) refuseStrangers(host);
    const folder = memory
      ? undefined
      : dir
        ? resolve(ctx.cwd, dir)
        : join(stateFolder(env, ctx.cwd), "broker");
    const broker = await services.openBroker({ host, port, dir: folder, auth, log });
    try {
      announce(ctx, broker, { folder, auth: auth !== undefined });
      if (!signal.aborted) await new Promise((end) => signal.addEventListener("abort", end, { once: true }));
    } finally {
      await broker.close();
    }
    return 0;
  },
});

function credentials({ env }: Context): { username: string; password: string } | undefined {
  const username = secretIn(env, "MQTT_USERNAME");
  const password = secretIn(env, "MQTT_PASSWORD");
  return username && password ? { username, password } : undefined;
}

function refuseStrangers(host: string): void {
  if (isLoopbackHost(host)) return;
  throw new UsageError(`other machines could connect to ${host} without a password`, {
    hint: "Set MQTT_USERNAME and MQTT_PASSWORD, or, in a network you trust, add --allow-anonymous.",
  });
}

function announce(
  { stdout, globals }: Context,
  { url, port }: Broker,
  { folder, auth }: { folder: string | undefined; auth: boolean },
): void {
  if (globals.json) line(stdout, JSON.stringify({ url, port, dir: folder ?? null, auth }));
  else if (globals.quiet) line(stdout, url);
  else {
    const state = folder ?? "in memory: gone when it ends";
    stdout.write(
      keyValues(
        [
          ["broker", stdout.colors.bold(url)],
          ["state", state],
          ["login", auth ? "as MQTT_USERNAME, MQTT_PASSWORD" : "none"],
        ],
        stdout,
      ),
    );
  }
}
