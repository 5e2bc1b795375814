import type { Context } from "../framework/context.ts";
import { PORT } from "../framework/number-options.ts";
import type { OptionSpecs } from "../framework/option-spec.ts";

/** How the peer implementation's tools name a broker: host and port apart. */
export const peerBrokerOptions = {
  "broker-host": { type: "string", value: "HOST", description: "Host of the broker" },
  "broker-port": { ...PORT, description: "Port of the broker" },
  username: { type: "string", value: "NAME", description: "User name; better in MQTT_USERNAME" },
  password: {
    type: "string",
    value: "WORD",
    description: "Password; better in MQTT_PASSWORD, where others cannot see it",
  },
} as const satisfies OptionSpecs;

/** Host and port as an address; undefined when neither is given. */
export function peerAddress(host: string | undefined, port: number | undefined): string | undefined {
  if (host === undefined && port === undefined) return undefined;
  const address = host?.includes("://") ? host : `mqtt://${host ?? "localhost"}`;
  return port === undefined ? address : `${address}:${port}`;
}

/** The context with credentials of the command line, which come before the environment. */
export const withLogin = (
  ctx: Context,
  username: string | undefined,
  password: string | undefined,
): Context => ({
  ...ctx,
  env: {
    ...ctx.env,
    ...(username !== undefined && { MQTT_USERNAME: username }),
    ...(password !== undefined && { MQTT_PASSWORD: password }),
  },
});
