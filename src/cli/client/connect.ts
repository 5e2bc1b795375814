import { ExpectedError, toError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import { silent } from "../../base/log.ts";
import type { ConnectionState, Transport } from "../../runtime/ports/transport.ts";
import type { MqttOptions } from "../../transport/mqtt.ts";
import { loadConfigFile } from "../config-file.ts";
import type { OptionSpecs } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
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

/** Where the broker is, and who we are to it. */
export type BrokerAccess = Pick<
  MqttOptions,
  "url" | "username" | "password" | "protocol" | "ca" | "cert" | "key"
>;

/** A connection for as long as a command runs. */
export interface Client {
  transport: Transport;
  url: string;
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
  const access = await brokerAccess(ctx, broker);
  const transport = await ctx.services.openTransport({
    ...access,
    clientId: `agent2389-cli-${newId().slice(0, 8)}`,
    clean: true,
    log: silent,
  });
  try {
    await connected(ctx, transport);
    return await use({ transport, url: access.url });
  } finally {
    await transport.close();
  }
}

/** From the command line or the environment, else from the config. */
async function brokerAccess(ctx: Context, broker?: string): Promise<BrokerAccess> {
  const { env, globals } = ctx;
  if (globals.config) {
    const loaded = await loadConfigFile(ctx, globals.config);
    const { mqttAccess } = await import("./config-access.ts");
    const access = await mqttAccess(loaded);
    return broker === undefined ? access : { ...access, url: checkedUrl(broker) };
  }
  const url = checkedUrl(broker ?? DEFAULT_BROKER);
  return { url, username: env["MQTT_USERNAME"], password: env["MQTT_PASSWORD"] };
}

function checkedUrl(url: string): string {
  if (!/\/\/[^/]*@/.test(url)) return url;
  throw new ExpectedError("the broker address holds a user name or a password", {
    hint: "Leave them out of the address, where others can read them, and set MQTT_USERNAME and MQTT_PASSWORD.",
  });
}

/** Resolves once connected. Later losses are told on standard error; the transport mends them itself. */
function connected(ctx: Context, transport: Transport): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let wasConnected = false;
  ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason), { once: true });
  if (ctx.signal.aborted) reject(ctx.signal.reason);
  else {
    transport.start((state) => {
      if (!wasConnected && state.state === "disconnected") reject(cannotConnect(state));
      if (wasConnected) tellState(ctx, state);
      if (state.state === "connected") {
        wasConnected = true;
        resolve();
      }
    });
  }
  return promise;
}

const cannotConnect = ({
  reason,
  refused,
}: Extract<ConnectionState, { state: "disconnected" }>): ExpectedError =>
  new ExpectedError(reason, {
    hint: refused
      ? "Set MQTT_USERNAME and MQTT_PASSWORD, or name a config that knows them with --config."
      : "Name the broker with --broker or MQTT_BROKER_URL, or start one: agent2389 broker",
  });

function tellState({ stderr, globals }: Context, state: ConnectionState): void {
  if (globals.quiet || globals.json) return;
  if (state.state === "disconnected") line(stderr, stderr.colors.yellow(`${state.reason}; trying again`));
  if (state.state === "connected") line(stderr, stderr.colors.dim("connected again"));
}

/** Settles like the promise, or rejects with the reason of the signal when that aborts first. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(toError(signal.reason));
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([promise, aborted.promise]).finally(() => signal.removeEventListener("abort", onAbort));
}
