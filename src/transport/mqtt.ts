import type { IClientOptions } from "mqtt";
import { backoffDelay } from "../base/backoff.ts";
import type { Logger } from "../log/logger.ts";
import { plainFilter, topicMatches } from "../protocol/topics.ts";
import type { ConnectionState, Delivery, Publication, Transport } from "../runtime/ports/transport.ts";
import { brokerAddress, displayAddress } from "./address.ts";
import { mqttConnector } from "./connection.ts";
import { type Link, openLink, SubscriptionRefused } from "./link.ts";
import { explainConnectError, isProtocolRefused, isRefusal } from "./reasons.ts";

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

interface Subscription {
  filters: string[];
  qos: 0 | 1;
  onDelivery(delivery: Delivery): void;
  granted: PromiseWithResolvers<void>;
}

/**
 * MQTT over mqtt.js: version 5 with a fall-back to 3.1.1, reconnection with back-off, and acknowledgement when the
 * receiver says so. Nothing is sent before `start`.
 */
export async function openMqtt(options: MqttOptions): Promise<Transport> {
  const address = brokerAddress(options.url);
  const broker = displayAddress(address);
  const open = await mqttConnector(address);
  const { log, protocol = "auto" } = options;
  const subscriptions: Subscription[] = [];
  let version: 4 | 5 = protocol === "3.1.1" ? 4 : 5;
  let onState: (state: ConnectionState) => void = () => {};
  let link: Link | undefined;
  /** Resolves with the link once it is connected. */
  let connected = newGate();
  let connectedAt: number | undefined;
  let failures = 0;
  let redial: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const dial = (): void => {
    onState({ state: "connecting" });
    link = openLink(open, connectOptions(options, version), {
      onConnected,
      onDelivery,
      onTakenOver,
      onClosed,
    });
  };

  const onConnected = (sessionPresent: boolean): void => {
    connectedAt = performance.now();
    onState({ state: "connected", protocol: version === 5 ? "5" : "3.1.1", sessionPresent });
    for (const subscription of subscriptions) request(subscription);
    connected.resolve(link!);
  };

  const onDelivery = (delivery: Delivery): void => {
    const takers = subscriptions.filter(({ filters }) =>
      filters.some((f) => topicMatches(plainFilter(f), delivery.topic)),
    );
    if (takers.length === 0) delivery.ack(); // left over from a subscription of an earlier session
    for (const taker of takers) taker.onDelivery(delivery);
  };

  const onTakenOver = (): void => {
    closed = true;
    onState({ state: "taken-over" });
  };

  const onClosed = (error: Error | undefined): void => {
    const lived = connectedAt === undefined ? undefined : performance.now() - connectedAt;
    connectedAt = undefined;
    if (lived !== undefined) connected = newGate();
    if (closed) return;
    if (version === 5 && protocol === "auto" && error && isProtocolRefused(error)) {
      log.debug({ broker }, "the broker does not speak MQTT 5; falling back to 3.1.1");
      version = 4;
      dial();
      return;
    }
    failures = lived !== undefined && lived >= STABLE_MS ? 0 : failures + 1;
    const twin =
      lived !== undefined && failures > 3
        ? ` soon after it was made: does another client use the id "${options.clientId}"?`
        : "";
    const reason = explainConnectError(error, broker) + twin;
    onState({ state: "disconnected", reason, refused: error !== undefined && isRefusal(error) });
    redial = setTimeout(dial, backoffDelay(RECONNECT, failures));
  };

  const request = ({ filters, qos, granted }: Subscription): void => {
    link!.subscribe(filters, qos).then(granted.resolve, (error) => {
      // Any other error means that the connection was lost: the next one subscribes again.
      if (!(error instanceof SubscriptionRefused)) return;
      log.error({ error }, "the broker refuses a subscription");
      granted.reject(error);
    });
  };

  return {
    start(listener) {
      if (link || closed) return;
      onState = listener;
      dial();
    },
    subscribe(filters, listener, qos = 1) {
      const subscription = { filters, qos, onDelivery: listener, granted: Promise.withResolvers<void>() };
      subscriptions.push(subscription);
      if (connectedAt !== undefined) request(subscription);
      return subscription.granted.promise;
    },
    async publish(message) {
      if (message.qos === 0 && connectedAt === undefined) return;
      await (await connected.promise).publish(message);
    },
    async close() {
      closed = true;
      clearTimeout(redial);
      connected.reject(new Error("the connection was closed"));
      await link?.close();
    },
  };
}

function newGate(): PromiseWithResolvers<Link> {
  const gate = Promise.withResolvers<Link>();
  gate.promise.catch(() => {}); // nobody may be waiting
  return gate;
}

function connectOptions(options: MqttOptions, version: 4 | 5): IClientOptions {
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

const defined = (values: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
