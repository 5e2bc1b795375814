import { mkdtemp, rm, statfs, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { errorCode } from "../../base/errors.ts";
import { parseJson, stringField } from "../../base/json.ts";
import { listenError } from "../../base/listen-error.ts";
import { dataFolder } from "../../config/data-folder.ts";
import type { LoadedConfig } from "../../config/loaded.ts";
import { LISTEN_SETTINGS } from "../../server/config.ts";
import { brokerAccess } from "../../transport/open.ts";
import { isUntrusted, openClient } from "../client/connect.ts";
import type { Context } from "../framework/context.ts";
import { type Finding, failed, failure, ok, warning } from "./finding.ts";
import { existingFolder } from "./folders.ts";
import { lookAtHeartbeat } from "./heartbeat.ts";

/** A look at one of the things an agent needs. May reject: that is a failed finding. */
export interface Check {
  what: string;
  look(ctx: Context, loaded: LoadedConfig, signal: AbortSignal): Promise<Finding[]>;
}

/** In the order in which they are told; they run at the same time. */
export const CHECKS: readonly Check[] = [
  { what: "broker", look: lookAtBroker },
  { what: "model", look: lookAtModel },
  { what: "tools", look: lookAtTools },
  { what: "data", look: lookAtDataFolder },
  { what: "port", look: lookAtPort },
];

async function lookAtBroker(ctx: Context, loaded: LoadedConfig, signal: AbortSignal) {
  const { config, env, baseDir } = loaded;
  const access = await brokerAccess(config.mqtt, env, baseDir);
  const transport = await openClient({ ...ctx, signal }, access, ({ refused, reason }) => {
    if (refused) return "Look at the variables that username_env and password_env of [mqtt] name.";
    if (isUntrusted(reason)) return "Look at ca_file of [mqtt], and at the host in broker_url.";
    return "Start one (agent2389 broker), or name another: MQTT_BROKER_URL or [mqtt] broker_url. 'agent2389 up' brings its own.";
  });
  try {
    const letsIn = ok("broker", `${access.url} lets ${access.username ?? "everybody"} in`);
    return [letsIn, ...(await lookAtHeartbeat({ ...ctx, signal }, loaded, transport))];
  } finally {
    await transport.close();
  }
}

async function lookAtModel({ services }: Context, loaded: LoadedConfig, signal: AbortSignal) {
  const model = await services.openModel(loaded);
  await model.verify(signal);
  return [ok("model", `${model.id} can be asked`)];
}

async function lookAtTools({ services }: Context, loaded: LoadedConfig) {
  const box = await services.openTools(loaded);
  try {
    const names = box.tools.map((tool) => tool.name).join(", ");
    const troubled = Object.entries(await box.checks()).filter(([, check]) => check.status !== "healthy");
    if (troubled.length === 0) return [ok("tools", names === "" ? "none wanted" : names)];
    return troubled.map(([name, { status, message = status }]) =>
      (status === "degraded" ? warning : failed)("tools", `${name}: ${message}`),
    );
  } finally {
    await box.close();
  }
}

const WANTED_BYTES = 64 * 1024 * 1024;

/** Writes to the folder, or to the nearest one above it, in which the agent will make it. */
async function lookAtDataFolder(_ctx: Context, loaded: LoadedConfig): Promise<Finding[]> {
  const folder = dataFolder(loaded);
  const existing = await existingFolder(folder);
  try {
    const probe = await mkdtemp(join(existing, ".agent2389-doctor-"));
    await writeFile(join(probe, "probe"), "x");
    await rm(probe, { recursive: true });
  } catch (error) {
    return [
      failed(
        "data",
        `${folder} cannot be written to (${errorCode(error) ?? "unknown error"})`,
        WHERE_TO_KEEP,
      ),
    ];
  }
  const { bavail, bsize } = await statfs(existing);
  const free = `${folder}, ${Math.floor((bavail * bsize) / 1024 / 1024).toLocaleString("en-US")} MiB free`;
  return [
    bavail * bsize < WANTED_BYTES
      ? failed("data", free, "Make room, or choose another disk.")
      : ok("data", free),
  ];
}

const WHERE_TO_KEEP = "Give this user the right to write there, or name another folder: AGENT2389_DATA_DIR.";

async function lookAtPort(ctx: Context, { config }: LoadedConfig, signal: AbortSignal): Promise<Finding[]> {
  const { enabled, host, port } = config.server;
  if (!enabled) return [ok("port", "no health endpoints wanted")];
  if (port === 0) return [ok("port", `any free one on ${host}`)];
  const problem = await whyTaken(host, port);
  if (!problem) return [ok("port", `${host}:${port} is free`)];
  const other = errorCode(problem) === "EADDRINUSE" ? await agentAt(ctx, port, signal) : undefined;
  if (other === undefined) return [failure("port", listenError(problem, host, port, LISTEN_SETTINGS))];
  const own = other === config.agent.id;
  return [
    own
      ? warning("port", `${host}:${port} is taken: this agent runs already`)
      : failed(
          "port",
          `${host}:${port} is taken by the agent "${other}"`,
          "Give this one another: HEALTH_PORT or [server] port.",
        ),
  ];
}

const whyTaken = (host: string, port: number): Promise<Error | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });

/** Id of the agent whose health endpoints are there, if any. */
async function agentAt(
  { services }: Context,
  port: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const response = await services.fetch(`http://127.0.0.1:${port}/health`, { signal });
    return stringField(parseJson(await response.text()), "agent_id");
  } catch {
    return undefined; // something else listens there: that is told as such
  }
}
