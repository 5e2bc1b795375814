import type { IClientOptions } from "mqtt";
import { newId } from "../base/ids.ts";
import type { Logger } from "../log/logger.ts";
import type { Publication } from "../runtime/ports/transport.ts";

export interface MqttOptions {
  url: string;
  clientId: string;
  username?: string | undefined;
  password?: string | undefined;
  protocol?: "auto" | "5" | "3.1.1";
  /** Whether the broker forgets subscriptions and waiting messages on disconnect. */
  clean?: boolean;
  /** MQTT 5: seconds the broker keeps the session of an absent client. */
  sessionExpirySecs?: number;
  /** MQTT 5: unacknowledged messages the broker may have on the way here (§3.1.2.11.3). */
  receiveMaximum?: number;
  keepaliveSecs?: number;
  will?: Publication;
  /**
   * When another client takes the client id: connects with an id of its own, that what is published still leaves.
   * Default: it is the end.
   */
  handsOver?: boolean;
  /** PEM texts. */
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  log: Logger;
}

/** As mqtt.js numbers the versions: 4 is 3.1.1. */
export type MqttVersion = 4 | 5;

const CONNECT_TIMEOUT_MS = 10_000;

/** What mqtt.js wants to know for one connection. */
export function connectOptions(options: MqttOptions, version: MqttVersion): IClientOptions {
  const { will, username, password, ca, cert, key } = options;
  return {
    clientId: options.clientId,
    protocolVersion: version,
    clean: options.clean ?? true,
    keepalive: options.keepaliveSecs ?? 60,
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...defined({ username, password, ca, cert, key }),
    ...(will && { will: { ...will, payload: Buffer.from(will.payload), retain: will.retain ?? false } }),
    ...(version === 5 && {
      properties: {
        sessionExpiryInterval: options.clean === false ? (options.sessionExpirySecs ?? 0xffffffff) : 0,
        receiveMaximum: options.receiveMaximum ?? 65_535,
      },
    }),
  };
}

/**
 * The connection of one whose client id was taken: nothing of it stays with the broker, and its end says nothing about
 * the agent, which is there in another process.
 */
export function leaver(options: MqttOptions): MqttOptions {
  const { will: _, ...rest } = options;
  return { ...rest, clientId: `${options.clientId}-leaving-${newId().slice(0, 8)}`, clean: true };
}

const defined = (values: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
