import type { Env } from "../base/env.ts";
import type { ToolDescription } from "../config/json-schema.ts";
import type { ParsedConfig } from "../config/load.ts";
import type { Override } from "../config/overrides.ts";
import type { Transport } from "../runtime/ports/transport.ts";
import type { Broker, BrokerOptions } from "../transport/broker/open-broker.ts";
import type { MqttOptions } from "../transport/mqtt.ts";

/** What commands use of the rest of the program. Each is imported when it is first used; tests put in their own. */
export interface Services {
  loadConfig(file: string, options: { env: Env; overrides?: readonly Override[] }): Promise<ParsedConfig>;
  toolDescriptions(): Promise<readonly ToolDescription[]>;
  openTransport(options: MqttOptions): Promise<Transport>;
  openBroker(options: BrokerOptions): Promise<Broker>;
  fetch(url: string, init?: RequestInit): Promise<Response>;
}

export const services: Services = {
  loadConfig: () => Promise.reject(new Error("later")),
  toolDescriptions: () => Promise.reject(new Error("later")),
  openTransport: async (options) => (await import("../transport/mqtt.ts")).openMqtt(options),
  openBroker: async (options) => (await import("../transport/broker/open-broker.ts")).openBroker(options),
  fetch: (url, init) => fetch(url, init),
};
