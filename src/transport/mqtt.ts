import type { IClientOptions, MqttClient } from "mqtt";
import { backoffDelay } from "../base/backoff.ts";
import type { Logger } from "../base/log.ts";
import { topicMatches } from "../protocol/topics.ts";
import type { ConnectionState, Delivery, Publication, Transport } from "../runtime/ports/transport.ts";
import { brokerAddress, displayAddress } from "./address.ts";
import { mqttConnector } from "./connection.ts";
import { watchDeliveries } from "./deliveries.ts";
import { explainConnectError, isProtocolRefused, isRefusal, publishError, TAKEN_OVER } from "./reasons.ts";

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
  /** PEM texts. */
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  log: Logger;
}

const RECONNECT = { firstMs: 100, maxMs: 10_000 };
const CONNECT_TIMEOUT_MS = 10_000;
/** A connection that ends sooner counts as a failure: the back-off goes on growing. */
const STABLE_MS = 5_000;
/** How long an orderly goodbye may take before the socket is just closed. */
const GOODBYE_MS = 2_000;

interface Subscription {
  filters: string[];
  onDelivery(delivery: Delivery): void;
  granted: PromiseWithResolvers<void>;
}

/**
 * MQTT over mqtt.js: version 5 with a fall-back to 3.1.1, reconnection with back-off, and acknowledgement when the
 * receiver says so. Nothing is sent before `start`.
 */
export async function openMqtt(options: MqttOptions): Promise<Transport> {
  const address = brokerAddress(options.url);
  const open = await mqttConnector(address);
  const { log } = options;
  const subscriptions: Subscription[] = [];
  const firstConnect = Promise.withResolvers<void>();
  firstConnect.promise.catch(() => {});
  let version: 4 | 5 = options.protocol === "3.1.1" ? 4 : 5;
  let client: MqttClient | undefined;
  let closed = false;
  let lastError: Error | undefined;
  let failures = 0;
  let connectedAt: number | undefined;

  const connect = (onState: (state: ConnectionState) => void): void => {
    onState({ state: "connecting" });
    const attempt = open(connectOptions(options, version));
    client = attempt;
    watchDeliveries(attempt, (delivery) => {
      const takers = subscriptions.filter((s) => s.filters.some((f) => topicMatches(f, delivery.topic)));
      if (takers.length === 0) delivery.ack(); // left over from an earlier session's subscription
      for (const taker of takers) taker.onDelivery(delivery);
    });
    attempt.on("connect", (connack) => {
      connectedAt = performance.now();
      lastError = undefined;
      onState({
        state: "connected",
        protocol: version === 5 ? "5" : "3.1.1",
        sessionPresent: connack.sessionPresent,
      });
      for (const subscription of subscriptions) request(attempt, subscription);
      firstConnect.resolve();
    });
    attempt.on("error", (error) => {
      lastError = error;
    });
    attempt.on("reconnect", () => {
      failures += 1;
      attempt.options.reconnectPeriod = backoffDelay(RECONNECT, failures);
      onState({ state: "connecting" });
    });
    attempt.on("disconnect", (packet) => {
      if (packet.reasonCode !== TAKEN_OVER) return;
      closed = true;
      attempt.end(true);
      onState({ state: "taken-over" });
    });
    attempt.on("close", () => {
      if (closed || attempt !== client) return;
      const lived = connectedAt === undefined ? undefined : performance.now() - connectedAt;
      connectedAt = undefined;
      if (lived !== undefined && lived >= STABLE_MS) failures = 0;
      if (version === 5 && options.protocol !== "5" && lastError && isProtocolRefused(lastError)) {
        log.debug(
          { broker: displayAddress(address) },
          "the broker does not speak MQTT 5; falling back to 3.1.1",
        );
        version = 4;
        lastError = undefined;
        attempt.end(true);
        connect(onState);
        return;
      }
      const cutShort = lived !== undefined && lived < STABLE_MS && failures > 2;
      const twin = cutShort
        ? ` soon after it was made: does another client use the id "${options.clientId}"?`
        : "";
      const reason = explainConnectError(lastError, displayAddress(address)) + twin;
      onState({ state: "disconnected", reason, refused: lastError !== undefined && isRefusal(lastError) });
    });
  };

  const request = (to: MqttClient, { filters, granted }: Subscription): void => {
    to.subscribe(filters, { qos: 1 }, (error, grants) => {
      const refused = grants?.find((grant) => grant.qos >= 128);
      if (refused) granted.reject(new Error(`the broker refused the subscription to ${refused.topic}`));
      else if (!error) granted.resolve();
      // Any other error means that the connection was lost: the next one subscribes again.
    });
  };

  const publish = (message: Publication): Promise<void> =>
    new Promise((resolve, reject) => {
      const properties =
        version === 5 && message.expirySeconds !== undefined
          ? { properties: { messageExpiryInterval: message.expirySeconds } }
          : {};
      const { topic, payload, qos, retain = false } = message;
      client!.publish(topic, payload, { qos, retain, ...properties }, (error) => {
        if (!error || qos === 0) resolve();
        else reject(publishError(error));
      });
    });

  return {
    start(onState) {
      if (!client && !closed) connect(onState);
    },
    subscribe(filters, onDelivery) {
      const subscription = { filters, onDelivery, granted: Promise.withResolvers<void>() };
      subscriptions.push(subscription);
      if (client?.connected) request(client, subscription);
      return subscription.granted.promise;
    },
    async publish(message) {
      if (message.qos === 0 && !client?.connected) return;
      await firstConnect.promise;
      await publish(message);
    },
    async close() {
      closed = true;
      firstConnect.reject(new Error("the connection was closed"));
      if (!client) return;
      const { promise: saidGoodbye, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(() => client?.end(true, () => resolve()), GOODBYE_MS);
      client.end(!client.connected, () => resolve());
      await saidGoodbye;
      clearTimeout(timer);
    },
  };
}

function connectOptions(options: MqttOptions, version: 4 | 5): IClientOptions {
  const { will } = options;
  return {
    clientId: options.clientId,
    protocolVersion: version,
    clean: options.clean ?? true,
    keepalive: options.keepaliveSecs ?? 60,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectPeriod: backoffDelay(RECONNECT, 0),
    resubscribe: false,
    queueQoSZero: false,
    reconnectOnConnackError: true,
    ...(options.username !== undefined && { username: options.username }),
    ...(options.password !== undefined && { password: options.password }),
    ...(options.ca !== undefined && { ca: options.ca }),
    ...(options.cert !== undefined && { cert: options.cert }),
    ...(options.key !== undefined && { key: options.key }),
    ...(will && {
      will: {
        topic: will.topic,
        payload: Buffer.from(will.payload),
        qos: will.qos,
        retain: will.retain ?? false,
      },
    }),
    ...(version === 5 && {
      properties: {
        sessionExpiryInterval: options.clean === false ? (options.sessionExpirySecs ?? 0xffffffff) : 0,
        receiveMaximum: options.receiveMaximum ?? 65_535,
      },
    }),
  };
}
