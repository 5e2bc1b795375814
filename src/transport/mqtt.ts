import type { Transport } from "../runtime/ports/transport.ts";
import { brokerAddress, displayAddress } from "./address.ts";
import { connectOptions, leaver, type MqttOptions } from "./connect-options.ts";
import { mqttConnector } from "./connection.ts";
import { openLink } from "./link.ts";
import { keepLink } from "./link-keeper.ts";
import { openSubscriptions } from "./subscriptions.ts";

export type { MqttOptions } from "./connect-options.ts";

/**
 * MQTT over mqtt.js: version 5 with a fall-back to 3.1.1, reconnection with back-off, and acknowledgement when the
 * receiver says so. Nothing is sent before `start`.
 */
export async function openMqtt(options: MqttOptions): Promise<Transport> {
  const { log, clientId, protocol = "auto" } = options;
  const address = brokerAddress(options.url);
  const open = await mqttConnector(address);
  const subscriptions = openSubscriptions(log);
  const keeper = keepLink({
    dial: (version, events, leaving) =>
      openLink(open, connectOptions(leaving ? leaver(options) : options, version), events),
    handsOver: options.handsOver ?? false,
    protocol,
    broker: displayAddress(address),
    clientId,
    log,
    onLink: subscriptions.renew,
    onDelivery: subscriptions.deliver,
  });
  return {
    start: keeper.start,
    subscribe: (filters, onDelivery, { qos = 1, retainAsPublished = false, whenTakenOver = false } = {}) =>
      subscriptions.add({ filters, onDelivery, qos, retainAsPublished, whenTakenOver }, keeper.current()),
    unsubscribe: (filters) => subscriptions.end(filters, keeper.current()),
    takeBack: keeper.takeBack,
    async publish(message) {
      const link = keeper.current();
      if (link) await link.publish(message);
      else if (message.qos === 1) await (await keeper.connected()).publish(message);
    },
    close: keeper.close,
  };
}
