import { race } from "../../base/abort.ts";
import { secretIn } from "../../base/env-secret.ts";
import { ExpectedError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import { silent } from "../../log/logger.ts";
import type { ConnectionState, Transport } from "../../runtime/ports/transport.ts";
import type { BrokerAccess } from "../../transport/open.ts";
import { loadConfigFile } from "../config-file.ts";
import type { Context } from "../framework/context.ts";
import type { OptionSpecs } from "../framework/option-spec.ts";
import { line } from "../terminal/streams.ts";

export const brokerOption = {
  broker: {
    type: "string",
    short: "b",
    value: "URL",
    description: "Broker; else that of --config, else mqtt://localhost:1883",
    env: "MQTT_BROKER_URL",
  },
} as const satisfies OptionSpecs;

export const DEFAULT_BROKER = "mqtt://localhost:1883";

/** A connection for as long as a command runs. */
export interface Client {
  transport: Transport;
  url: string;
  /** Options that lead another command to the same broker, with a space before them; empty when it finds it anyway. */
  reach: string;
}

/**
 * Runs `use` with a connection of its own, and closes it. Rejects with an ExpectedError when the broker cannot be
 * reached at the first try: people wait for the answer.
 */
export async function withClient<T>(
  ctx: Context,
  broker: string | undefined,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const access = await accessFor(ctx, broker);
  const transport = await openClient(ctx, access);
  try {
    return await use({ transport, url: access.url, reach: reach(ctx, broker) });
  } finally {
    await transport.close();
  }
}

const reach = ({ globals: { config } }: Context, broker: string | undefined): string =>
  `${config === undefined ? "" : ` --config ${config}`}${broker === undefined ? "" : brokerArgument(broker)}`;

/** What `ask` and others must be told to find the broker, if anything. */
export const brokerArgument = (url: string): string =>
  url.replace("//127.0.0.1:", "//localhost:") === DEFAULT_BROKER ? "" : ` --broker ${url}`;

/** From the command line or the environment, else from the config. */
async function accessFor(ctx: Context, broker?: string): Promise<BrokerAccess> {
  const { globals } = ctx;
  if (!globals.config) return accessTo(ctx, broker ?? DEFAULT_BROKER);
  const { config, env, baseDir } = await loadConfigFile(ctx, globals.config);
  const { brokerAccess } = await import("../../transport/open.ts");
  const access = await brokerAccess(config.mqtt, env, baseDir);
  return broker === undefined ? access : { ...access, url: withoutLogin(broker) };
}

/** With the credentials of the environment. */
export const accessTo = ({ env }: Context, url: string): BrokerAccess => ({
  url: withoutLogin(url),
  username: secretIn(env, "MQTT_USERNAME"),
  password: secretIn(env, "MQTT_PASSWORD"),
});

function withoutLogin(url: string): string {
  if (!/\/\/[^/]*@/.test(url)) return url;
  throw new ExpectedError("the broker address holds a user name or a password", {
    hint: "Leave them out of the address, where others can read them, and set MQTT_USERNAME and MQTT_PASSWORD.",
  });
}

/** A transport that is connected. Later losses are told on standard error; it mends them itself. */
export async function openClient(
  ctx: Context,
  access: BrokerAccess,
  remedy: (problem: Disconnected) => string = usualRemedy,
): Promise<Transport> {
  const transport = await ctx.services.openTransport({
    ...access,
    clientId: `agent2389-cli-${newId().slice(0, 8)}`,
    clean: true,
    log: silent,
  });
  const first = Promise.withResolvers<void>();
  let wasConnected = false;
  transport.start((state) => {
    if (!wasConnected && state.state === "disconnected") {
      first.reject(new ExpectedError(state.reason, { hint: remedy(state) }));
    }
    if (wasConnected) tellState(ctx, state);
    if (state.state === "connected") {
      wasConnected = true;
      first.resolve();
    }
  });
  try {
    await race(first.promise, ctx.signal);
    return transport;
  } catch (error) {
    await transport.close();
    throw error;
  }
}

type Disconnected = Extract<ConnectionState, { state: "disconnected" }>;

function usualRemedy({ refused, reason }: Disconnected): string {
  if (refused) return "Set MQTT_USERNAME and MQTT_PASSWORD, or name a config that knows them with --config.";
  if (isUntrusted(reason)) return "Name a config whose [mqtt] has the right ca_file with --config FILE.";
  return "Name the broker with --broker or MQTT_BROKER_URL, or start agents with one of their own: agent2389 up FILE";
}

/** The broker is there, but its certificate will not do. */
export const isUntrusted = (reason: string): boolean => reason.includes("its certificate");

function tellState({ stderr, globals }: Context, state: ConnectionState): void {
  if (globals.quiet || globals.json) return;
  if (state.state === "disconnected") line(stderr, stderr.colors.yellow(`${state.reason}; trying again`));
  if (state.state === "connected") line(stderr, stderr.colors.dim("connected again"));
}
