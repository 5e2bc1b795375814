import { afterEach } from "bun:test";
import { silent } from "../log/logger.ts";
import type { ConnectionState, Delivery, Transport } from "../runtime/ports/transport.ts";
import { type MqttOptions, openMqtt } from "./mqtt.ts";

/** Started clients of one test file, closed after each test; `states` tells what each was told of its connection. */
export function mqttClients(brokerUrl: () => string) {
  const opened: Transport[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((transport) => transport.close()));
  });
  return async (options: Partial<MqttOptions> & { clientId: string }) => {
    const transport = await openMqtt({ url: options.url ?? brokerUrl(), log: silent, ...options });
    opened.push(transport);
    const states: ConnectionState[] = [];
    transport.start((state) => states.push(state));
    return { transport, states };
  };
}

export const text = (delivery: Delivery): string => Buffer.from(delivery.payload).toString();
